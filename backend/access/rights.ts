/**
 * Permission cache for polls: the sessions that an actor may read. One statement revalidates all
 * entries every two seconds.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import type { Actor } from './actor.ts';
import { type Authorize, mayAccessSession, mayUserReadSession } from './permissions.ts';

/** A session and its owner. */
export interface Owned {
  readonly id: string;
  readonly ownerId: string;
  /** Null for a session outside of knowledge bases. */
  readonly knowledgeId: string | null;
}

/** Permission of an actor to read a session. */
export interface Right {
  readonly actor: Actor;
  readonly sessionId: string;
  readonly granted: boolean;
}

export interface RightsOptions {
  /** Maximum age of an entry without revalidation, milliseconds. @default 4_000 */
  readonly believedMs?: number;
  /** The app's own rule for all users. Results of another rule are not cached. */
  readonly authorize?: Authorize | undefined;
  /** Idle time after which an entry is evicted, milliseconds. @default 40_000 */
  readonly forgetMs?: number;
  /** Maximum number of entries. @default 100_000 */
  readonly most?: number;
  /** @default performance.now */
  readonly now?: () => number;
}

interface Remembered extends Right {
  granted: boolean;
  confirmedAt: number;
  askedAt: number;
}

/** Actors with a rule of the app's own, in one statement. */
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

  /** False from {@link doubt} until all entries are revalidated. */
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
   * Ids of those of these sessions that the actor may read. Results of an app's own rule are cached
   * only for actors who `signedIn` with a token: other authentication may depend on the request.
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

  /** True if Headway's own rule decides without a query; such a permission cannot be revoked. */
  isPlain(actor: Actor, { ownerId, knowledgeId }: Owned): boolean {
    if (actor.authorize) return false;
    return actor.role === 'admin' || (knowledgeId === null && actor.id === ownerId);
  }

  /**
   * Ids of these sessions that the actor may read, from the cache only. Null unless it has a fresh
   * entry for every session. `asked` marks the entries as used.
   */
  recall(actor: Actor, sessionIds: readonly string[], asked: boolean): string[] | null {
    const rights = sessionIds.map((id) => this.#find(actor, id, asked));
    return rights.every((right) => right !== undefined)
      ? rights.filter(({ granted }) => granted).map(({ sessionId }) => sessionId)
      : null;
  }

  /** Invalidates the cache after a change of permissions: the next request revalidates first. */
  doubt(): void {
    if (this.#known.size > 0) this.trusted = false;
  }

  /** Sets the callback for the end of each revalidation. */
  onConfirmed(hear: () => void): void {
    this.#onConfirmed = hear;
  }

  /** Revalidates all entries by one statement. */
  async confirm(): Promise<void> {
    // A revalidation that began before the invalidation may have missed the change.
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

  /** Positions of the granted entries. */
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

/** Administrators have no entries here: Headway's own rule lets them see everything. */
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

/**
 * Cache key of an actor. An app's own rule may read any property of it; an actor with a property
 * that is no plain value is not cached.
 */
function nameOf({ authorize: _, ...actor }: Actor): string | null {
  const isPlainValue = (value: unknown) => !['object', 'function', 'symbol'].includes(typeof value);
  return Object.values(actor).every(isPlainValue) ? JSON.stringify(actor) : null;
}
