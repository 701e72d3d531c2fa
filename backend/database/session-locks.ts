/**
 * Locks of PostgreSQL that a process holds for as long as it lives: they are free the moment its
 * connection is gone. All of a process are on one connection.
 *
 * @module
 */
import { Client } from 'pg';

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
  let connecting: Promise<Client> | null = null;

  async function connect(): Promise<Client> {
    const client = new Client({
      connectionString: url,
      application_name: name,
      keepAlive: true,
    });
    const lost = () => {
      if (connecting !== current) return;
      connecting = null;
      for (const listener of listeners) listener();
    };
    const current = connecting;
    client.on('error', lost).on('end', lost);
    await client.connect();
    return client;
  }

  async function ask(statement: string, lock: string): Promise<boolean> {
    connecting ??= Promise.resolve().then(connect);
    const mine = connecting;
    try {
      const { rows } = await (await mine).query(
        `select ${statement}(hashtextextended($1, 0)) as done`,
        [lock],
      );
      return rows[0]?.done === true;
    } catch (error) {
      if (connecting === mine) connecting = null;
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
      await closing?.then((client) => client.end()).catch(() => {});
    },
  };
}
