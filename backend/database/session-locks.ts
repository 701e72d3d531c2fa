/**
 * Locks of PostgreSQL that a process holds for as long as it lives: they are free the moment its
 * connection is gone. All of a process are on one connection.
 *
 * @module
 */
import { ConnectionLost } from './error-code.ts';
import { closeClient, type DatabaseClient, openClient } from './client.ts';

/** Between two proofs that the connection is there. */
const PROVE_MS = 10_000;

export interface SessionLocks {
  /** False where another process holds it. One's own are not counted: take each once. */
  tryLock(name: string): Promise<boolean>;
  unlock(name: string): Promise<void>;
  /** Called when the connection is lost, and every lock with it. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}

/** Nothing is connected before the first lock, and again after the connection was lost. */
export function createSessionLocks(url: string, name = 'headway-locks'): SessionLocks {
  const listeners = new Set<() => void>();
  let connecting: Promise<DatabaseClient> | null = null;

  async function connect(): Promise<DatabaseClient> {
    const current = connecting;
    const client = await openClient(url, { name });
    // A connection that fell silent holds nothing any more: the server ends it.
    const proving = setInterval(() => prove(client), PROVE_MS);
    client.on('end', () => {
      clearInterval(proving);
      if (connecting !== current) return;
      connecting = null;
      for (const listener of listeners) listener();
    });
    return client;
  }

  async function ask(statement: string, lock: string): Promise<boolean> {
    connecting ??= Promise.resolve().then(connect);
    const mine = connecting;
    try {
      const { rows } = await (await mine).run<{ done: boolean }>({
        text: `select ${statement}(hashtextextended($1, 0)) as done`,
        values: [lock],
      });
      return rows[0]?.done === true;
    } catch (error) {
      const client = await mine.catch(() => null);
      if (client) client.destroy(new ConnectionLost('A lock could not be asked for'));
      else if (connecting === mine) connecting = null;
      throw error;
    }
  }

  return {
    tryLock: (lock) => ask('pg_try_advisory_lock', lock),
    async unlock(lock) {
      if (connecting) await ask('pg_advisory_unlock', lock);
    },
    onLost: (listener) => void listeners.add(listener),
    async close() {
      const closing = connecting;
      connecting = null;
      await closing?.then(closeClient).catch(() => {});
    },
  };
}

function prove(client: DatabaseClient): void {
  client.run({ text: 'select 1' }).catch(() => client.destroy(new ConnectionLost('No answer')));
}
