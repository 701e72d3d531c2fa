/**
 * Who may read which session, for people who poll: what was found out is remembered for as long as
 * one statement for all of it confirms it every two seconds.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import type { Actor } from './actor.ts';
import { type Authorize, mayAccessSession, mayUserReadSession } from './permissions.ts';

/** A session, and whose it is. */
export interface Owned {
  readonly id: string;
  readonly ownerId: string;
  /** Null for a session outside of knowledge bases. */
  readonly knowledgeId: string | null;
}

/** Whether somebody may read a session. */
export interface Right {
  readonly actor: Actor;
  readonly sessionId: string;
  readonly granted: boolean;
}

export interface RightsOptions {
  /** Without being confirmed for this long, nothing is believed. @default 4_000 */
  readonly believedMs?: number;
  /** The app's own rule for everybody; what another one says is not remembered. */
  readonly authorize?: Authorize | undefined;
  /** Nobody asked for so long: it is forgotten. @default 40_000 */
  readonly forgetMs?: number;
  /** At most so many are remembered. @default 100_000 */
  readonly most?: number;
  /** @default performance.now */
  readonly now?: () => number;
}

interface Remembered extends Right {
  granted: boolean;
  confirmedAt: number;
  askedAt: number;
}

/** People with a rule of the app's own, asked about by one statement. */
const ACTORS_AT_ONCE = 100;
const PAIRS_AT_ONCE = 20_000;

export class Rights {
  readonly #db: Database;
  readonly #believedMs: number;
  readonly #forgetMs: number;
  readonly #most: number;
  readonly #now: () => number;
  readonly #known = new Map<string, Remembered>();
  readonly #authorize: Authorize | undefined;
  #confirming: Promise<void> | null = null;
  #onConfirmed: () => void = () => {};

  /** False from {@link doubt} until everything was asked for again. */
  trusted = true;

  constructor(db: Database, options: RightsOptions = {}) {
    this.#db = db;
    this.#believedMs = options.believedMs ?? 4_000;
    this.#forgetMs = options.forgetMs ?? 40_000;
    this.#most = options.most ?? 100_000;
    this.#now = options.now ?? (() => performance.now());
    this.#authorize = options.authorize;
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * Which of these sessions the actor may read: their ids. An app's own rule is remembered only of
   * those who `signedIn` with a token: what else an app finds out itself may depend on the request.
   */
  async readable(
    actor: Actor,
    sessions: readonly Owned[],
    signedIn: boolean,
  ): Promise<ReadonlySet<string>> {
    if (!this.trusted) await this.confirm();
    const readable = new Set<string>();
    const unknown: string[] = [];
    const remembers = signedIn || !actor.authorize;
    for (const session of sessions) {
      const granted = this.isPlain(actor, session) ||
        (remembers ? this.#find(actor, session.id)?.granted : undefined);
      if (granted) readable.add(session.id);
      else if (granted === undefined) unknown.push(session.id);
    }
    if (unknown.length > 0) { for (const id of await this.#ask(actor, unknown)) readable.add(id); }
    return readable;
  }

  /** Whether Headway's own rule needs no look at the database: that cannot be revoked. */
  isPlain(actor: Actor, { ownerId, knowledgeId }: Owned): boolean {
    if (actor.authorize) return false;
    return actor.role === 'admin' || (knowledgeId === null && actor.id === ownerId);
  }

  /**
   * Which of these sessions somebody is known to be able to read, without asking; null where that
   * is not known any more of all of them. They count as asked for where `asked` says so.
   */
  recall(actor: Actor, sessionIds: readonly string[], asked: boolean): string[] | null {
    const rights = sessionIds.map((id) => this.#find(actor, id, asked));
    return rights.every((right) => right !== undefined)
      ? rights.filter(({ granted }) => granted).map(({ sessionId }) => sessionId)
      : null;
  }

  /** Whoever asks next is answered by what is so now: something was shared, or not any more. */
  doubt(): void {
    if (this.#known.size > 0) this.trusted = false;
  }

  /** Hears whenever everything was confirmed. */
  onConfirmed(hear: () => void): void {
    this.#onConfirmed = hear;
  }

  /** Asks for everything that is remembered, by one statement. */
  async confirm(): Promise<void> {
    // One that was begun before the doubt may not know what has changed.
    if (this.#confirming) await this.#confirming.catch(() => {});
    this.#confirming ??= this.#confirmNow().finally(() => this.#confirming = null);
    await this.#confirming;
  }

  async #confirmNow(): Promise<void> {
    const now = this.#now();
    this.trusted = true;
    for (const [key, right] of this.#known) {
      if (now - right.askedAt > this.#forgetMs) this.#known.delete(key);
    }
    const rights = [...this.#known.values()];
    if (rights.length === 0) return;
    try {
      const granted = await this.#readAll(rights);
      rights.forEach((right, at) =>
        Object.assign(right, { confirmedAt: now, granted: granted.has(at) })
      );
    } catch (error) {
      this.trusted = false;
      throw error;
    }
    this.#onConfirmed();
  }

  #find(actor: Actor, sessionId: string, asked = true): Remembered | undefined {
    const key = this.#keyOf(actor, sessionId);
    const right = key === null ? undefined : this.#known.get(key);
    if (!right) return undefined;
    const now = this.#now();
    if (asked) right.askedAt = now;
    return now - right.confirmedAt < this.#believedMs ? right : undefined;
  }

  #keyOf(actor: Actor, sessionId: string): string | null {
    if (actor.authorize !== this.#authorize) return null;
    const name = nameOf(actor);
    return name === null ? null : `${name} ${sessionId}`;
  }

  async #ask(actor: Actor, ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.#db.orm.execute<{ id: string }>(sql`
      select s.id from headway.session s
      where s.id = any(${sql.param(ids)}::text[]) and ${mayAccessSession(actor, 'read')}`);
    return new Set(rows.map(({ id }) => id));
  }

  #remember(
    actor: Actor,
    ids: readonly string[],
    granted: ReadonlySet<string>,
    askedAt: number,
  ): void {
    for (const sessionId of ids) {
      const key = this.#keyOf(actor, sessionId);
      if (key === null) continue;
      this.#known.delete(key);
      const right = { actor, sessionId, granted: granted.has(sessionId) };
      this.#known.set(key, { ...right, confirmedAt: askedAt, askedAt });
    }
    for (const [oldest] of this.#known) {
      if (this.#known.size <= this.#most) break;
      this.#known.delete(oldest);
    }
  }

  /** Positions of those that are granted. */
  async #readAll(rights: readonly Remembered[]): Promise<Set<number>> {
    const granted = new Set<number>();
    const note = async (statement: SQL) => {
      for (const { at } of await this.#db.orm.execute<{ at: number }>(statement)) granted.add(at);
    };
    const placed = rights.map((right, at) => ({ at, ...right }));
    const plain = placed.filter(({ actor }) => !actor.authorize);
    for (const some of inPieces(plain, PAIRS_AT_ONCE)) await note(aboutMany(some));
    const ruled = Object.values(
      Object.groupBy(placed.filter(({ actor }) => actor.authorize), ({ actor }) => nameOf(actor)!),
    );
    for (const some of inPieces(ruled, ACTORS_AT_ONCE)) {
      await note(sql.join(some.map((each) => aboutOne(each!)), sql` union all `));
    }
    return granted;
  }
}

interface Placed {
  readonly at: number;
  readonly actor: Actor;
  readonly sessionId: string;
}

/** Administrators see everything by Headway's own rule, without being asked about here. */
function aboutMany(rights: readonly Placed[]): SQL {
  return sql`
    select a.at from unnest(${sql.param(rights.map(({ at }) => at))}::int[],
      ${sql.param(rights.map(({ actor }) => actor.id))}::text[],
      ${sql.param(rights.map(({ sessionId }) => sessionId))}::text[]) as a(at, user_id, session_id)
    join headway.session s on s.id = a.session_id and ${mayUserReadSession(sql`a.user_id`)}`;
}

function aboutOne(rights: readonly Placed[]): SQL {
  return sql`
    select a.at from unnest(${sql.param(rights.map(({ at }) => at))}::int[],
      ${sql.param(rights.map(({ sessionId }) => sessionId))}::text[]) as a(at, session_id)
    join headway.session s on s.id = a.session_id
      and ${mayAccessSession(rights[0]!.actor, 'read')}`;
}

function* inPieces<T>(all: readonly T[], size: number): IterableIterator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** An app's own rule may look at anything an actor is; what has no name is not remembered. */
function nameOf({ authorize: _, ...actor }: Actor): string | null {
  const isPlainValue = (value: unknown) => !['object', 'function', 'symbol'].includes(typeof value);
  return Object.values(actor).every(isPlainValue) ? JSON.stringify(actor) : null;
}
