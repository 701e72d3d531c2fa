/**
 * Detects a pooler that changes the server's session with each transaction.
 *
 * LISTEN, advisory locks and prepared statements belong to a session of the server. If it changes
 * with each transaction, notifications do not arrive and locks are left behind.
 *
 * @module
 */
import { type DatabaseClient, withClient } from './client.ts';

/** Other connections that take a server's session while it is free. */
const RIVALS = 3;
const NAME = 'headway-check';

/**
 * Throws if two of our connections share a session of the server, or one of them changes it. Each
 * rival keeps the session of its transaction.
 */
export async function refuseTransactionPooler(url: string): Promise<void> {
  const isPooled = await withClient(url, { name: NAME }, async (client) => {
    const own = await backendOf(client);
    return own !== client.backendPid || await isShared(url, client, own, RIVALS);
  });
  if (isPooled) throw new Error(REFUSAL);
}

const REFUSAL =
  'DATABASE_URL leads through a pooler in transaction or statement mode, which loses ' +
  'notifications and locks. Give the address of the PostgreSQL server itself, or of a pool in ' +
  'session mode (pgbouncer: pool_mode = session)';

async function isShared(
  url: string,
  client: DatabaseClient,
  own: number,
  rivals: number,
): Promise<boolean> {
  return await withClient(url, { name: NAME }, async (rival) => {
    try {
      await rival.run({ text: 'begin' });
    } catch (error) {
      if (isStatementMode(error)) return true;
      throw error;
    }
    try {
      const theirs = await backendOf(rival);
      if (theirs === own || theirs !== rival.backendPid) return true;
      if (await backendOf(client) !== own) return true;
      return rivals > 1 && await isShared(url, client, own, rivals - 1);
    } finally {
      await rival.run({ text: 'rollback' }).catch(() => {});
    }
  });
}

async function backendOf(client: DatabaseClient): Promise<number> {
  const { rows } = await client.run<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
  return rows[0]?.pid ?? 0;
}

/** In statement mode pgbouncer refuses transactions. */
const isStatementMode = (error: unknown): boolean =>
  error instanceof Error && /statement pooling/i.test(error.message);
