/**
 * Statements that are kept prepared: else each costs the driver one more round trip, to ask for the
 * types of its parameters, and the server its parsing and its plan again.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type postgres from 'postgres';

const MARK = '/* kept */';

/** Begins a statement that is asked again and again with other parameters, and else the same. */
export const KEPT: SQL = sql.raw(MARK);

/** Texts that are kept at most, by each connection: an app's own rule may be part of one. */
const MOST_TEXTS = 100;

type Client = Pick<postgres.Sql, 'unsafe'>;
type IsKept = (text: string) => boolean;

/** Makes a pool, and the transactions of it, keep what says so. */
export function keepPrepared<S extends postgres.Sql>(pool: S): S {
  const texts = new Set<string>();
  const isKept = (text: string) => {
    if (!text.startsWith(MARK)) return false;
    if (texts.size < MOST_TEXTS) texts.add(text);
    return texts.has(text);
  };
  const begin = pool.begin.bind(pool) as (...given: unknown[]) => Promise<unknown>;
  const begun = (...given: unknown[]) => {
    const work = given.pop() as (tx: postgres.TransactionSql) => unknown;
    return begin(...given, (tx: postgres.TransactionSql) => work(withSavepoints(tx, isKept)));
  };
  return Object.assign(keeping(pool, isKept), { begin: begun });
}

function withSavepoints(tx: postgres.TransactionSql, isKept: IsKept): postgres.TransactionSql {
  const savepoint = tx.savepoint.bind(tx) as (...given: unknown[]) => Promise<unknown>;
  const nested = (...given: unknown[]) => {
    const work = given.pop() as (tx: postgres.TransactionSql) => unknown;
    return savepoint(
      ...given,
      (inner: postgres.TransactionSql) => work(withSavepoints(inner, isKept)),
    );
  };
  return Object.assign(keeping(tx, isKept), { savepoint: nested });
}

function keeping<C extends Client>(client: C, isKept: IsKept): C {
  const unsafe = client.unsafe.bind(client);
  client.unsafe = (text, parameters = [], options = {}) =>
    unsafe(text, parameters, { ...options, prepare: isKept(text) });
  return client;
}
