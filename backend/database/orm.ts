/**
 * Statements of drizzle, on connections of {@link ClientPool}.
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

/** The result of a raw statement: its rows, and the number of written ones. */
interface RowsResult extends PgQueryResultHKT {
  type: (this['row'] & Record<string, unknown>)[] & { readonly count: number };
}

/** Its transactions may run their work again after a deadlock. */
export type Orm = PgDatabase<RowsResult, typeof schema>;

/** Executor of statements: the pool, or a transaction of it. */
export type Executor = Pick<
  Orm,
  'select' | 'insert' | 'update' | 'delete' | 'execute' | 'selectDistinct'
>;

type Run = (statement: Statement) => Promise<QueryResult<object>>;

/** Maximum attempts at a transaction. */
const ATTEMPTS = 3;
/** Maximum pause before the second attempt; grows by as much with each further one. */
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
        // The other transaction continues first.
        await pause(Math.random() * attempt * MOST_PAUSE_MS);
      }
    }
  };
  return orm;
}

/** The part of the driver that drizzle uses. */
export function asDriver(run: Run, kept: KeptNames = new KeptNames()): Client {
  const query = async (statement: Statement, values: readonly unknown[]) => {
    const name = kept.nameOf(statement.text);
    const result = await run({ ...statement, values, ...(name !== null && { name }) });
    return statement.rowMode ? result : asRows(result);
  };
  return { query } as unknown as Client;
}

/** Drizzle passes the result on unchanged, except for one call that takes `rows` of it. */
function asRows(result: QueryResult<object> | QueryResult<object>[]): object[] {
  // Several statements in one text return no rows here.
  const [rows, count] = Array.isArray(result) ? [[], 0] : [result.rows, result.rowCount ?? 0];
  return Object.defineProperties(rows, { rows: { value: rows }, count: { value: count } });
}

/**
 * The statements of one transaction. A failed statement ends it, even if its error was caught:
 * COMMIT would silently roll back.
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
      // A lost connection has rolled back; the original error is more specific.
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
