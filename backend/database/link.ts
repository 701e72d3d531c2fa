/**
 * The link to one database, shared by all connections of a process to it.
 *
 * A connection to a silent peer keeps its statements waiting for as long as the system retransmits,
 * many minutes. A statement without a response therefore triggers a probe on another connection. If
 * the probe has no response either, the database is unreachable: all pending and new statements
 * fail at once, until it responds again. If the probe shows that the server does not know the
 * statement, only that connection is lost. A merely slow statement is left alone.
 *
 * @module
 */
import { Client, DatabaseError } from 'pg';
import { ConnectionLost } from './error-code.ts';

/** A connection that a link watches. */
export interface Watched {
  readonly backendPid: number | null;
  destroy(error: Error): void;
}

/** A pending operation of a connection. */
export interface Watch {
  /** Records any response of the server. */
  answered(): void;
  end(): void;
}

interface Waiting {
  readonly client: Watched;
  readonly since: number;
  /** Time since which the server does not know it. */
  unknownSince: number | null;
}

const TICK_MS = 250;
/** Time without a response after which the database is probed. */
const PATIENCE_MS = 1_000;
/** Timeout of a probe in ticks of the timer, so that a delayed process waits longer. */
const PROBE_TURNS = 10;
/** Half of them: then a second connection is tried, because the first may be the lost one. */
const SECOND_TURN = 5;
/** Time after which the server is asked if it still runs a statement. */
const ASK_ABOUT_MS = 5_000;
/**
 * Minimum interval between attempts to open the connection for probes, which is opened in advance.
 */
const DIAL_AGAIN_MS = 5_000;
/** Time after which an unknown statement counts as lost, on either way. */
const UNKNOWN_MS = 2_000;

/** Those of these backends that run a statement. */
const BUSY = `select pid from pg_stat_activity
  where pid = any($1::int[]) and coalesce(state, '') not like 'idle%'`;

export class Link {
  static readonly #links = new Map<string, Link>();

  /** The link to this database. */
  static to(url: string): Link {
    const link = this.#links.get(url) ?? new Link(url);
    this.#links.set(url, link);
    return link;
  }

  readonly #clients = new Set<Watched>();
  #holders = 0;
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #probe: Client | null = null;
  #probing = false;
  #dialedAt = -Infinity;
  #answers = 0;
  #down: ConnectionLost | null = null;

  private constructor(private readonly url: string) {}

  /** Keeps the link until {@link release}, with or without connections. */
  hold(): void {
    this.#holders++;
    Link.#links.set(this.url, this);
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0) this.#rest();
  }

  /** Registers a new connection. */
  join(client: Watched): void {
    if (this.#clients.has(client)) return;
    this.#clients.add(client);
    this.hold();
  }

  leave(client: Watched): void {
    if (this.#clients.delete(client)) this.release();
  }

  /** Watches a pending operation. Throws while the database is unreachable. */
  begin(client: Watched): Watch {
    if (this.#timer === null) this.#start();
    if (this.#down) throw this.#down;
    const waiting: Waiting = { client, since: performance.now(), unknownSince: null };
    this.#waiting.add(waiting);
    return {
      answered: () => this.#answers++,
      end: () => this.#waiting.delete(waiting),
    };
  }

  #start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Stops watching. */
  #rest(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    this.#down = null;
    this.#drop(this.#probe);
    if (Link.#links.get(this.url) === this) Link.#links.delete(this.url);
  }

  #tick(): void {
    if (this.#probing) return;
    const now = performance.now();
    const isDue = this.#down !== null ||
      [...this.#waiting].some(({ since }) => now - since > PATIENCE_MS);
    if (!isDue && (this.#probe || now - this.#dialedAt < DIAL_AGAIN_MS)) return;
    this.#probing = true;
    this.#ask(isDue).finally(() => this.#probing = false);
  }

  /** @param urgent true if a missing response means that the database is unreachable */
  async #ask(urgent: boolean): Promise<void> {
    const heard = this.#answers;
    const asked = new Asked();
    const ask = (client: Promise<Client>) => asked.await(client.then((one) => this.#busy(one)));
    ask(this.#probe ? Promise.resolve(this.#probe) : this.#dial());
    for (let turn = 0; turn < PROBE_TURNS && asked.isOpen; turn++) {
      if (turn === SECOND_TURN && this.#probe) ask(this.#dial());
      await asked.within(TICK_MS);
    }
    if (this.#timer === null) return;
    if (asked.busy) return this.#isUp(asked.busy);
    this.#drop(this.#probe);
    // Any response meanwhile proves that the database is up; so does an error of the server.
    const isThere = this.#answers !== heard || asked.error instanceof DatabaseError;
    if (isThere) this.#down = null;
    else if (urgent) this.#isDown(asked.error);
  }

  /** Opens the connection for probes; closes the old one. */
  async #dial(): Promise<Client> {
    this.#dialedAt = performance.now();
    const client = new Client({
      connectionString: this.url,
      application_name: 'headway-link',
      connectionTimeoutMillis: PROBE_TURNS * TICK_MS,
    });
    client.on('error', () => this.#drop(client)).on('end', () => this.#drop(client));
    client.connection.stream.on('error', () => {});
    await client.connect();
    if (this.#timer === null) this.#drop(client);
    else {
      this.#drop(this.#probe);
      this.#probe = client;
    }
    return client;
  }

  async #busy(client: Client): Promise<ReadonlySet<number>> {
    const pids = [...this.#waiting].flatMap(({ client }) => client.backendPid ?? []);
    const { rows } = await client.query<{ pid: number }>(BUSY, [pids]);
    return new Set(rows.map(({ pid }) => pid));
  }

  #drop(client: Client | null): void {
    if (client === null) return;
    if (this.#probe === client) this.#probe = null;
    client.end().catch(() => {});
    client.connection.stream.destroy();
  }

  #isUp(busy: ReadonlySet<number>): void {
    this.#down = null;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      const pid = waiting.client.backendPid;
      if (pid === null || now - waiting.since < ASK_ABOUT_MS || busy.has(pid)) {
        waiting.unknownSince = null;
      } else if (waiting.unknownSince === null) {
        waiting.unknownSince = now;
      } else if (now - waiting.unknownSince > UNKNOWN_MS) {
        waiting.client.destroy(
          new ConnectionLost('The connection to the database fell silent'),
        );
      }
    }
  }

  #isDown(cause: unknown): void {
    if (this.#down) return;
    this.#down = new ConnectionLost('The database does not answer', { cause });
    for (const client of [...this.#clients]) client.destroy(this.#down);
  }
}

/** One query on several connections: the first response counts. */
class Asked {
  busy: ReadonlySet<number> | null = null;
  error: unknown = null;
  #open = 0;
  #changed = Promise.withResolvers<void>();

  get isOpen(): boolean {
    return this.busy === null && this.#open > 0;
  }

  await(answer: Promise<ReadonlySet<number>>): void {
    this.#open++;
    answer.then((busy) => this.busy = busy, (error) => this.error = error).finally(() => {
      this.#open--;
      this.#changed.resolve();
    });
  }

  async within(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.#changed.promise]);
    clearTimeout(timer);
    this.#changed = Promise.withResolvers<void>();
  }
}
