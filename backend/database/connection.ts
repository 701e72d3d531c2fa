/**
 * One pool of connections, as drizzle, and a connection that listens.
 *
 * @module
 */
import { ClientPool, type SessionLimits } from './client.ts';
import { Listener, type Subscription } from './listener.ts';
import { createOrm, type Orm } from './orm.ts';

export type { Executor, Orm } from './orm.ts';

/** An open database. Notifications arrive on a separate connection that reconnects. */
export interface Database {
  readonly url: string;
  /** Its transactions may run their work again after a deadlock. */
  readonly orm: Orm;
  /**
   * Calls `onPayload` for every NOTIFY, `onListen` after each (re)connect, and `onLost` when the
   * connection is lost.
   */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onListen?: () => void,
    onLost?: () => void,
  ): Promise<Subscription>;
  /** Ends all connections, after up to five seconds for running statements. */
  close(): Promise<void>;
}

export interface ConnectOptions extends SessionLimits {
  /** Maximum number of connections. @default 10 */
  max?: number;
  /** Shown in pg_stat_activity. @default 'headway' */
  name?: string;
}

/** Opens a pool; it connects with the first statement. */
export function connect(url: string, options: ConnectOptions = {}): Database {
  const { max = 10, name = 'headway', ...limits } = options;
  const pool = new ClientPool(url, { max, name, ...limits });
  const listener = new Listener(url, name);
  return {
    url,
    orm: createOrm(pool),
    listen: (...given) => listener.listen(...given),
    async close() {
      await listener.close();
      await pool.close();
    },
  };
}
