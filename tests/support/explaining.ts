/**
 * A database that explains what it is asked: the plans of the statements that really run.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../backend/database/connection.ts';

export interface Explaining {
  /** To be asked in the place of the one it was made from. */
  readonly db: Database;
  /** Plans of all statements since it was made, as text. */
  readonly plans: string[];
}

/** Explains each statement before it runs it, in the same transaction. */
export function explaining(db: Database): Explaining {
  const plans: string[] = [];
  const wrap = <T extends object>(executor: T): T =>
    new Proxy(executor, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        if (key === 'transaction') {
          return (work: (tx: object) => unknown) =>
            value.call(target, (tx: object) => work(wrap(tx)));
        }
        if (key !== 'execute') return value.bind(target);
        return async (statement: SQL) => {
          const rows = await value.call(target, sql`explain ${statement}`);
          plans.push(rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n'));
          return await value.call(target, statement);
        };
      },
    });
  return { db: { ...db, orm: wrap(db.orm) }, plans };
}
