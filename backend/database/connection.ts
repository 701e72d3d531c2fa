/**
 * One pool of connections, as drizzle and as the bare driver.
 *
 * @module
 */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { lostToAnother } from './error-code.ts';
import { keepPrepared } from './kept.ts';
import { Listener, type Subscription } from './listener.ts';
import * as schema from './schema.ts';

/** What statements run on: the pool, or a transaction of it. */
export type Executor = Pick<
  PostgresJsDatabase<typeof schema>,
  'select' | 'insert' | 'update' | 'delete' | 'execute' | 'selectDistinct'
>;

/** An open database. Channels are listened to on a connection of their own that reconnects. */
export interface Database {
  readonly url: string;
  /** Its transactions may run their work again: two of them waited for each other. */
  readonly orm: PostgresJsDatabase<typeof schema>;
  /**
   * Calls `onPayload` for every NOTIFY, `onListen` after each (re)connect, and `onLost` when the
   * connection is gone.
   */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onListen?: () => void,
    onLost?: () => void,
  ): Promise<Subscription>;
  /** Ends every connection, waiting up to five seconds for statements that run. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Connections at most. @default 10 */
  max?: number;
  /** Shown in pg_stat_activity. @default 'headway' */
  name?: string;
}

/** Between two attempts to connect. */
const MOST_BACKOFF_SECONDS = 1;
const jitter = () => 0.5 + Math.random() / 2;

/** Opens a pool; nothing is sent before the first statement. */
export function connect(url: string, options: ConnectOptions = {}): Database {
  const { max = 10, name = 'headway' } = options;
  const sql = postgres(url, {
    max,
    connection: { application_name: name },
    // The driver's own grows to 20 s, which everybody would wait after an outage.
    backoff: (attempt) => Math.min(MOST_BACKOFF_SECONDS, 0.02 * 3 ** attempt) * jitter(),
    onnotice: () => {},
  });
  const listener = new Listener(url, name);
  return {
    url,
    orm: persistent(drizzle(keepPrepared(sql), { schema })),
    listen: (...given) => listener.listen(...given),
    async close() {
      await listener.close();
      await sql.end({ timeout: 5 });
    },
  };
}

/** A transaction begins so often at most. */
const ATTEMPTS = 3;

/** Makes a transaction that PostgreSQL ended for the sake of another begin again by itself. */
function persistent<T extends Database['orm']>(orm: T): T {
  const once = orm.transaction.bind(orm);
  orm.transaction = async (work, config) => {
    for (let attempt = 1;; attempt++) {
      try {
        return await once(work, config);
      } catch (error) {
        if (attempt === ATTEMPTS || !lostToAnother(error)) throw error;
      }
    }
  };
  return orm;
}
