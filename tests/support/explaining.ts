/**
 * A database that tells what it was asked has really read: each statement is run once more before
 * it counts, under `explain analyze`, and undone.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../backend/database/connection.ts';
import { hasCode } from '../../backend/database/error-code.ts';

/** A node of a plan, as `explain (analyze, format json)` tells it; what it is not about, it lacks. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  /** Of one loop, on average, like what was removed. */
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

export interface Explaining {
  /** To be asked in the place of the one it was made from. */
  readonly db: Database;
  /** The plans of all statements since it was made. */
  readonly plans: PlanNode[];
}

type Execute = (statement: SQL) => Promise<Record<string, unknown>[]>;
interface Asked {
  execute: Execute;
  transaction<T>(work: (tx: Asked) => Promise<T>): Promise<T>;
}

const SYNTAX_ERROR = /^42601$/;

class Undo extends Error {}

/** Statements of one transaction are asked one after another: each is undone before the next. */
export function explaining(db: Database): Explaining {
  const plans: PlanNode[] = [];
  const explain = (executor: Asked, statement: SQL) =>
    executor.transaction(async (tx) => {
      const [row] = await tx.execute(sql`explain (analyze, format json) ${statement}`);
      plans.push((row?.['QUERY PLAN'] as [{ Plan: PlanNode }])[0].Plan);
      throw new Undo();
    }).catch((error: unknown) => {
      // What has no plan (`savepoint`) cannot be explained. What is wrong says so when it is run.
      if (!(error instanceof Undo) && !hasCode(error, SYNTAX_ERROR)) throw error;
    });
  const wrap = (executor: Asked): Asked => {
    let before: Promise<unknown> = Promise.resolve();
    const execute: Execute = (statement) => {
      const asked = before.then(() => explain(executor, statement))
        .then(() => executor.execute(statement));
      before = asked.catch(() => {});
      return asked;
    };
    const transaction: Asked['transaction'] = (work) =>
      executor.transaction((tx) => work(wrap(tx)));
    return new Proxy(executor, {
      get(target, key) {
        if (key === 'execute') return execute;
        if (key === 'transaction') return transaction;
        const value = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return {
    db: { ...db, orm: wrap(db.orm as unknown as Asked) as unknown as Database['orm'] },
    plans,
  };
}

/** What a plan has read of a table at one place, if it was more than `most` rows. */
export function readsOver(plan: PlanNode, tables: readonly string[], most: number): string[] {
  const rows = rowsRead(plan);
  const relation = plan['Relation Name'] ?? '';
  const own = tables.includes(relation) && rows > most
    ? [`${plan['Node Type']} ${plan['Index Name'] ?? ''} on ${relation}: ${rows} rows`]
    : [];
  return [...own, ...(plan.Plans ?? []).flatMap((each) => readsOver(each, tables, most))];
}

function rowsRead(plan: PlanNode): number {
  const each = plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0);
  return Math.round(each * plan['Actual Loops']);
}
