/**
 * Statements as drizzle writes them, on connections of {@link ClientPool}.
 *
 * @module
 */
import { drizzle } from 'drizzle-orm/node-postgres';
import { NodePgSession } from 'drizzle-orm/node-postgres/session';
import { type PgDatabase, PgDialect, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { Client, QueryResult } from 'pg';
import type { ClientPool, DatabaseClient, Statement } from './client.ts';
import { lostToAnother } from './error-code.ts';
import { KeptNames } from './kept.ts';
import * as schema from './schema.ts';

/** The result of a statement that drizzle did not build: its rows, and how many it wrote. */
interface RowsResult extends PgQueryResultHKT {
  type: (this['row'] & Record<string, unknown>)[] & { readonly count: number };
}

/** Its transactions may run their work again: two of them waited for each other. */
export type Orm = PgDatabase<RowsResult, typeof schema>;

/** What statements run on: the pool, or a transaction of it. */
export type Executor = Pick<
  Orm,
  'select' | 'insert' | 'update' | 'delete' | 'execute' | 'selectDistinct'
>;

type Run = (statement: Statement) => Promise<QueryResult<object>>;

/** A transaction begins so often at most. */
const ATTEMPTS = 3;
/** Before the second attempt at most; before each further one as much more. */
const MOST_PAUSE_MS = 50;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, 5 + ms));

export function createOrm(pool: ClientPool): Orm {
  const kept = new KeptNames();
  const dialect = new PgDialect();
  const orm = drizzle(asDriver((statement) => pool.run(statement), kept), {
    schema,
  }) as unknown as Orm;

  const once: Orm['transaction'] = (work, config) =>
    pool.use((client) => {
      const session = new NodePgSession(asDriver(inTransaction(client), kept), dialect, undefined);
      return session.transaction(work as never, config);
    });

  orm.transaction = async (work, config) => {
    for (let attempt = 1;; attempt++) {
      try {
        return await once(work, config);
      } catch (error) {
        if (attempt === ATTEMPTS || !lostToAnother(error)) throw error;
        // The other one goes on first.
        await pause(Math.random() * attempt * MOST_PAUSE_MS);
      }
    }
  };
  return orm;
}

/** As much of the driver as drizzle uses. */
export function asDriver(run: Run, kept: KeptNames = new KeptNames()): Client {
  const query = async (statement: Statement, values: readonly unknown[]) => {
    const name = kept.nameOf(statement.text);
    const result = await run({ ...statement, values, ...(name !== null && { name }) });
    return statement.rowMode ? result : asRows(result);
  };
  return { query } as unknown as Client;
}

/** Drizzle hands the result on as it is, but for one call that takes `rows` of it. */
function asRows(result: QueryResult<object> | QueryResult<object>[]): object[] {
  // Of several statements in one text, none of which returns anything here.
  const [rows, count] = Array.isArray(result) ? [[], 0] : [result.rows, result.rowCount ?? 0];
  return Object.defineProperties(rows, { rows: { value: rows }, count: { value: count } });
}

/**
 * The statements of one transaction. A failed one ends it, even where its error was caught: COMMIT
 * would roll it back and say nothing.
 */
function inTransaction(client: DatabaseClient): Run {
  let failure: unknown = null;
  return async (statement) => {
    const { text } = statement;
    if (text === 'commit' && failure !== null) throw failure;
    try {
      const result = await client.run<object>(statement);
      if (text.startsWith('rollback to savepoint ')) failure = null;
      return result;
    } catch (error) {
      // A connection that is lost has rolled back; the error that led here says more.
      if (text === 'rollback') return EMPTY;
      failure ??= error;
      throw error;
    }
  };
}

const EMPTY: QueryResult<object> = {
  command: 'ROLLBACK',
  rowCount: 0,
  oid: 0,
  fields: [],
  rows: [],
};
