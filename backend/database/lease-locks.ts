/**
 * Locks across processes that share a database. A lock is free once its holder's connection is
 * gone, and at the latest when its lease expires: the server may keep the connection of a vanished
 * host for hours.
 *
 * All locks of a process use one connection of its own.
 *
 * @module
 */
import { closeClient, type DatabaseClient, openClient } from './client.ts';
import { ConnectionLost } from './error-code.ts';

export interface LeaseLocks {
  /** False if another process holds it. Not reentrant: take each lock once. */
  tryLock(name: string): Promise<boolean>;
  unlock(name: string): Promise<void>;
  /** Expires the lock as the loss of its holder would: its row stays. */
  lapse(name: string): Promise<void>;
  /** Called when all locks are lost: the connection is gone, or the leases could not be renewed. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}

export interface LeaseLocksOptions {
  readonly url: string;
  /** @default 'headway-locks' */
  readonly name?: string;
  /** Lease after which a lock that is not renewed is free. @default 15_000 */
  readonly leaseMs?: number;
}

/** Number of renewals within a lease. */
const RENEWALS = 3;

/** Connects with the first lock, and again after the connection was lost. */
export function createLeaseLocks(options: LeaseLocksOptions): LeaseLocks {
  const { url, name = 'headway-locks', leaseMs = 15_000 } = options;
  const listeners = new Set<() => void>();
  const held = new Set<string>();
  let connecting: Promise<Connection> | null = null;
  let renewing: ReturnType<typeof setInterval> | undefined;

  function drop(connection: Promise<Connection>): void {
    if (connecting !== connection) return;
    connecting = null;
    held.clear();
    clearInterval(renewing);
    renewing = undefined;
    connection.then(
      ({ client }) => client.destroy(new ConnectionLost('The locks of this process were lost')),
      () => {},
    );
    for (const listener of listeners) listener();
  }

  function connect(): Promise<Connection> {
    const connection: Promise<Connection> = Promise.resolve().then(async () => {
      const client = await openClient(url, { name, statementMs: leaseMs });
      client.on('end', () => drop(connection));
      const holder = crypto.randomUUID();
      const values = [holder];
      await client.run({ text: 'select pg_advisory_lock(hashtextextended($1, 0))', values });
      // Expired locks of dead processes.
      await client.run({ text: FORGET });
      return { client, holder };
    });
    return connection;
  }

  async function ask(statement: string, values: unknown[]): Promise<boolean> {
    connecting ??= connect();
    const mine = connecting;
    try {
      const { client, holder } = await mine;
      const { rowCount } = await client.run({ text: statement, values: [holder, ...values] });
      return (rowCount ?? 0) > 0;
    } catch (error) {
      drop(mine);
      throw error;
    }
  }

  /**
   * Renews all leases. If one expired meanwhile, another process may hold it: then all are dropped.
   */
  async function renew(): Promise<void> {
    const mine = connecting;
    const names = [...held];
    if (!mine || names.length === 0) return;
    const { client, holder } = await mine;
    const values = [holder, leaseMs, names];
    const { rows } = await client.run<{ name: string }>({ text: RENEW, values });
    const renewed = new Set(rows.map((row) => row.name));
    if (names.some((each) => held.has(each) && !renewed.has(each))) drop(mine);
  }

  async function release(lock: string, statement: string): Promise<void> {
    held.delete(lock);
    if (held.size === 0) {
      clearInterval(renewing);
      renewing = undefined;
    }
    if (connecting) await ask(statement, [lock]);
  }

  return {
    async tryLock(lock) {
      if (!(await ask(TAKE, [lock, leaseMs]))) return false;
      held.add(lock);
      renewing ??= setInterval(() => {
        const mine = connecting;
        renew().catch(() => mine && drop(mine));
      }, leaseMs / RENEWALS);
      return true;
    },
    unlock: (lock) => release(lock, 'delete from headway.lock where holder = $1 and name = $2'),
    lapse: (lock) => release(lock, LAPSE),
    onLost: (listener) => void listeners.add(listener),
    async close() {
      const closing = connecting;
      connecting = null;
      held.clear();
      clearInterval(renewing);
      await closing?.then(({ client }) => closeClient(client)).catch(() => {});
    },
  };
}

interface Connection {
  readonly client: DatabaseClient;
  /** Id of the connection: an advisory lock on it ends with the connection. */
  readonly holder: string;
}

const TAKE = `
  insert into headway.lock as held (holder, name, expires_at)
  values ($1, $2, now() + $3 * interval '1 millisecond')
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
  where held.expires_at < now()
    or pg_try_advisory_xact_lock(hashtextextended(held.holder::text, 0))
  returning 1`;

const RENEW = `
  update headway.lock set expires_at = now() + $2 * interval '1 millisecond'
  where holder = $1 and name = any($3::text[]) returning name`;

const LAPSE = `update headway.lock set expires_at = now() where holder = $1 and name = $2`;

/**
 * An expired lock shows that its holder was lost: it is retained even while a program is off for
 * days.
 */
const FORGET = `delete from headway.lock where expires_at < now() - interval '30 days'`;
