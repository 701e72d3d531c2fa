/**
 * The one place that makes connections to PostgreSQL: each has limits that the server enforces, and
 * each is watched by the {@link Link} of its process.
 *
 * @module
 */
import { Client, type ClientConfig, DatabaseError, Pool, type QueryResult } from 'pg';
import { ConnectionLost, isUnreachable } from './error-code.ts';
import { Link, type Watched } from './link.ts';

/** What the server ends by itself, in milliseconds; 0 is never. */
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

/** For work that nothing waits for: making tables, copying them, checking them. */
export const UNLIMITED: Required<SessionLimits> = {
  statementMs: 0,
  lockMs: 0,
  idleInTransactionMs: 600_000,
};

/** Opening one connection. */
const CONNECT_MS = 10_000;
/** Waiting for a connection of a pool, its opening included. */
const POOL_WAIT_MS = 30_000;
const IDLE_MS = 30_000;

/** Server side: a client whose machine is gone is noticed within 25 s, and its locks are free. */
const KEEPALIVE = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25000',
  client_connection_check_interval: '5000',
};

/**
 * Memory and solid-state storage, not the spinning disk of PostgreSQL's default of 4: a page of a
 * list is read by its index, whatever part of the table the statistics expect to be in memory.
 */
const PLANNER = { random_page_cost: '1.1' };

/**
 * Settings that change the meaning of a statement, set against the defaults of the database and the
 * role. Settings that only refuse are left alone: `default_transaction_read_only`, which protects a
 * full disk, and `row_security`.
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
 * Set by a statement and not by the startup message, which poolers refuse or drop. A server on
 * Windows cannot look at a connection while a statement runs.
 */
const SETTINGS = `
  select pg_backend_pid() as pid, count(set_config(name, value, false))
  from json_each_text($1::text::json) as setting (name, value)
  where current_setting(name, true) is not null
    and (name <> 'client_connection_check_interval' or version() !~ 'mingw|windows|Visual C')`;

/** A statement as the driver takes it. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Kept prepared under this name. */
  readonly name?: string;
  readonly rowMode?: 'array';
  readonly types?: NonNullable<ClientConfig['types']>;
}

/** One connection. All its failures are errors of its statements, none of the process. */
export class DatabaseClient extends Client implements Watched {
  /** Of the server's process; null before it is connected. */
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
      // Several statements of a transaction are sent without waiting for each other's answers.
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
    // An event without a listener ends the process; statements get the same error.
    this.on('error', () => {});
    this.connection.stream.on('error', () => {});
    this.on('end', () => this.#link.leave(this));
  }

  override connect(): Promise<Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<Client> | void {
    const connecting = this.#connect();
    if (!callback) return connecting;
    // The type of the driver knows no success, which has no error.
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

  /** Runs a statement. Throws {@link ConnectionLost} where there was no answer to it. */
  run<R extends object>({ values = [], ...statement }: Statement): Promise<QueryResult<R>> {
    return this.#watched(() => this.query<R>({ ...statement, values: [...values] }));
  }

  /** Ends the connection at once; whatever waits on it fails with this error. */
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
  /** Connections at most. */
  readonly max: number;
}

/** Connections of one kind, made when they are needed. */
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

  /** Runs `work` on a connection of its own; one that is left within a transaction is closed. */
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

  /** Waits for statements that run, up to `graceMs`, and closes everything. */
  async close(graceMs = 5_000): Promise<void> {
    if (this.#pool.ending) return;
    await within(this.#pool.end(), graceMs);
    for (const client of this.#open) client.destroy(new ConnectionLost('Closed'));
    this.#link.release();
  }
}

/** A refused connection, told apart from one that another service refuses. */
function asUnreachable(error: unknown): unknown {
  if (error instanceof ConnectionLost || !isUnreachable(error)) return error;
  return new ConnectionLost('The database cannot be reached', { cause: error });
}

/** Opens one connection that belongs to no pool. */
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

/** Says goodbye to the server, and does not wait for one that is silent. */
export async function closeClient(client: DatabaseClient): Promise<void> {
  await within(client.end().catch(() => {}), CLOSE_MS);
  client.destroy(new ConnectionLost('Closed'));
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
