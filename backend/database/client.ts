/**
 * Creates all connections to PostgreSQL. Each has limits that the server enforces, and the {@link
 * Link} of its process watches each.
 *
 * @module
 */
import { Client, type ClientConfig, DatabaseError, Pool, type QueryResult } from 'pg';
import { ConnectionLost, isUnreachable } from './error-code.ts';
import { Link, type Watched } from './link.ts';

/** Limits that the server enforces, in milliseconds; 0 is none. */
export interface SessionLimits {
  /** One statement. @default 60_000 */
  readonly statementMs?: number;
  /** A wait for a lock. @default 15_000 */
  readonly lockMs?: number;
  /** A transaction whose client sends nothing. @default 30_000 */
  readonly idleInTransactionMs?: number;
}

export interface ClientOptions extends SessionLimits {
  /** Shown in pg_stat_activity. */
  readonly name: string;
}

/** For maintenance without waiting clients: migrating, copying, checking. */
export const UNLIMITED: Required<SessionLimits> = {
  statementMs: 0,
  lockMs: 0,
  idleInTransactionMs: 600_000,
};

/** Timeout of opening one connection. */
const CONNECT_MS = 10_000;
/** Timeout of getting a connection from a pool, its opening included. */
const POOL_WAIT_MS = 30_000;
const IDLE_MS = 30_000;

/**
 * On the server: a client whose machine is gone is detected within 25 s, and its locks are
 * released.
 */
const KEEPALIVE = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25000',
  client_connection_check_interval: '5000',
};

/**
 * Cost of memory and solid-state storage, not of the spinning disk of PostgreSQL's default of 4.
 * With it the planner reads a page of a list by its index, whatever the statistics.
 */
const PLANNER = { random_page_cost: '1.1' };

/**
 * Settings that change the meaning of a statement; they override the defaults of the database and
 * the role. Settings that only refuse are not overridden: `default_transaction_read_only`, which
 * protects a full disk, and `row_security`.
 */
const MEANING = {
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read committed',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
};

/**
 * Set by a statement instead of the startup message, which poolers refuse or drop. A server on
 * Windows cannot check a connection while a statement runs.
 */
const SETTINGS = `
  select pg_backend_pid() as pid, count(set_config(name, value, false))
  from json_each_text($1::text::json) as setting (name, value)
  where current_setting(name, true) is not null
    and (name <> 'client_connection_check_interval' or version() !~ 'mingw|windows|Visual C')`;

/** A statement for the driver. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Name of the prepared statement. */
  readonly name?: string;
  readonly rowMode?: 'array';
  readonly types?: NonNullable<ClientConfig['types']>;
}

/** One connection. Its failures are errors of its statements, never of the process. */
export class DatabaseClient extends Client implements Watched {
  /** Process id of the server's backend; null before it is connected. */
  backendPid: number | null = null;
  readonly #link: Link;
  readonly #settings: Record<string, string>;

  constructor(url: string, options: ClientOptions, link: Link = Link.to(url)) {
    super({
      connectionString: url,
      application_name: options.name,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: CONNECT_MS,
      // Statements of a transaction are sent without waiting for earlier results.
      pipeline: true,
    });
    const { statementMs = 60_000, lockMs = 15_000, idleInTransactionMs = 30_000 } = options;
    this.#link = link;
    this.#settings = {
      ...KEEPALIVE,
      ...PLANNER,
      ...MEANING,
      statement_timeout: `${statementMs}`,
      lock_timeout: `${lockMs}`,
      idle_in_transaction_session_timeout: `${idleInTransactionMs}`,
    };
    // An error event without a listener ends the process; statements get the same error.
    this.on('error', () => {});
    this.connection.stream.on('error', () => {});
    this.on('end', () => this.#link.leave(this));
  }

  override connect(): Promise<Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<Client> | void {
    const connecting = this.#connect();
    if (!callback) return connecting;
    // The driver's type has no callback without an error, which means success.
    const succeed = callback as () => void;
    connecting.then(() => succeed(), callback);
  }

  async #connect(): Promise<Client> {
    this.#link.join(this);
    try {
      await this.#watched(() => super.connect());
      const values = [JSON.stringify(this.#settings)];
      const { rows } = await this.run<{ pid: number }>({ text: SETTINGS, values });
      this.backendPid = rows[0]?.pid ?? null;
      return this;
    } catch (error) {
      this.destroy(new ConnectionLost('Not connected'));
      this.#link.leave(this);
      throw error;
    }
  }

  /** Runs a statement. Throws {@link ConnectionLost} if no result arrived. */
  run<R extends object>({ values = [], ...statement }: Statement): Promise<QueryResult<R>> {
    return this.#watched(() => this.query<R>({ ...statement, values: [...values] }));
  }

  /** Ends the connection at once; pending statements fail with this error. */
  destroy(error: Error): void {
    this.connection.stream.destroy(error);
  }

  async #watched<T>(work: () => Promise<T>): Promise<T> {
    const watch = this.#link.begin(this);
    try {
      const result = await work();
      watch.answered();
      return result;
    } catch (error) {
      if (error instanceof DatabaseError) watch.answered();
      throw asLost(error);
    } finally {
      watch.end();
    }
  }
}

/** The driver's own errors have neither a code nor a name. */
function asLost(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error || error.name !== 'Error') return error;
  return new ConnectionLost(`The connection to the database was lost: ${error.message}`, {
    cause: error,
  });
}

export interface PoolOptions extends ClientOptions {
  /** Maximum number of connections. */
  readonly max: number;
}

/** Connections of one kind, created on demand. */
export class ClientPool {
  readonly #pool: Pool;
  readonly #link: Link;
  readonly #open = new Set<DatabaseClient>();

  constructor(url: string, { max, ...options }: PoolOptions) {
    const link = Link.to(url);
    link.hold();
    this.#link = link;
    class PooledClient extends DatabaseClient {
      constructor() {
        super(url, options, link);
      }
    }
    this.#pool = new Pool({
      max,
      Client: PooledClient,
      connectionTimeoutMillis: POOL_WAIT_MS,
      idleTimeoutMillis: IDLE_MS,
    });
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => this.#open.add(client as unknown as DatabaseClient));
    this.#pool.on('remove', (client) => this.#open.delete(client as unknown as DatabaseClient));
  }

  /** Runs `work` on a connection of its own; a connection left within a transaction is closed. */
  async use<T>(work: (client: DatabaseClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error) => {
      throw asUnreachable(asLost(error));
    });
    try {
      return await work(client as unknown as DatabaseClient);
    } finally {
      client.release(client.getTransactionStatus() !== 'I');
    }
  }

  run<R extends object>(statement: Statement): Promise<QueryResult<R>> {
    return this.use((client) => client.run<R>(statement));
  }

  /** Waits up to `graceMs` for running statements, and closes all connections. */
  async close(graceMs = 5_000): Promise<void> {
    if (this.#pool.ending) return;
    await within(this.#pool.end(), graceMs);
    for (const client of this.#open) client.destroy(new ConnectionLost('Closed'));
    this.#link.release();
  }
}

/** Distinguishes a refused connection from one that another service refuses. */
function asUnreachable(error: unknown): unknown {
  if (error instanceof ConnectionLost || !isUnreachable(error)) return error;
  return new ConnectionLost('The database cannot be reached', { cause: error });
}

/** Opens one connection outside of all pools. */
export async function openClient(url: string, options: ClientOptions): Promise<DatabaseClient> {
  const client = new DatabaseClient(url, options);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Runs `work` on a connection that is closed afterwards. */
export async function withClient<T>(
  url: string,
  options: ClientOptions,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = await openClient(url, options);
  try {
    return await work(client);
  } finally {
    await closeClient(client);
  }
}

const CLOSE_MS = 2_000;

/** Closes a connection, without waiting for a silent server. */
export async function closeClient(client: DatabaseClient): Promise<void> {
  await within(client.end().catch(() => {}), CLOSE_MS);
  client.destroy(new ConnectionLost('Closed'));
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
