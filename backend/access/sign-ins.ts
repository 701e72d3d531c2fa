/**
 * Verified-token cache for polls. A verified token is cached for a minute. The user's row in the
 * app's table is cached as well; one statement revalidates all rows every two seconds.
 *
 * @module
 */
import { Kept } from '../memory/kept.ts';
import type { Database } from '../database/connection.ts';
import type { Actor } from './actor.ts';
import type { Authorize } from './permissions.ts';
import {
  actorById,
  actorsById,
  createTokenReader,
  type Identity,
  type TokenOptions,
  type TokenReader,
} from './tokens.ts';

/** A user whose token was verified. */
export interface SignIn {
  readonly actor: Actor;
  /** Values cached for this sign-in; cleared once the sign-in is invalid. */
  readonly held: Map<string, Held>;
}

export interface Held {
  /** Called when the sign-in has become invalid or was evicted. */
  forgotten(): void;
}

export interface SignInOptions {
  /** The app's own permission rule, for all users. */
  readonly authorize?: Authorize | undefined;
  /** Lifetime of a verified token in the cache, milliseconds. @default 60_000 */
  readonly tokenMs?: number;
  /** Maximum age of a user's row without revalidation, milliseconds. @default 4_000 */
  readonly believedMs?: number;
  /** @default 64 MiB */
  readonly maxBytes?: number;
  /** Monotonic clock, milliseconds. @default performance.now */
  readonly now?: () => number;
}

interface Remembered extends SignIn {
  readonly token: string;
  readonly byTable: boolean;
  /** Time until which the token needs no verification. */
  until: number;
  confirmedAt: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
const SIGN_IN_BYTES = 2_048;
const BEARER = 'Bearer ';

export class SignIns {
  readonly #db: Database;
  readonly #reader: TokenReader;
  readonly #authorize: Authorize | undefined;
  readonly #tokenMs: number;
  readonly #believedMs: number;
  readonly #now: () => number;
  readonly #kept: Kept<string, Remembered>;

  constructor(db: Database, tokens: TokenOptions, options: SignInOptions = {}) {
    this.#db = db;
    this.#reader = createTokenReader(tokens);
    this.#authorize = options.authorize;
    this.#tokenMs = options.tokenMs ?? 60_000;
    this.#believedMs = options.believedMs ?? 4_000;
    this.#now = options.now ?? (() => performance.now());
    this.#kept = new Kept(options.maxBytes ?? MAX_BYTES, letGo);
  }

  /** Authenticates a request. Throws as {@link authenticateByToken} does. */
  async of(request: Request): Promise<SignIn> {
    const token = this.#reader.tokenOf(request);
    const found = this.find(token);
    if (found) return found;
    const identity = await this.#reader.identify(token);
    const until = this.#now() + Math.min(identity.expiresAt - Date.now(), this.#tokenMs);
    const known = this.#kept.get(token);
    // Only the token had to be verified again: the user's row needs no query.
    if (known && this.#isConfirmed(known, this.#now())) known.until = until;
    return this.find(token) ?? await this.#remember(token, identity, until);
  }

  async #remember(
    token: string,
    { id, actor }: Identity,
    until: number,
  ): Promise<SignIn> {
    const confirmedAt = this.#now();
    const found = actor ?? await actorById(this.#db, id);
    const authorize = this.#authorize;
    const signIn: Remembered = {
      token,
      actor: authorize ? { ...found, authorize } : found,
      byTable: actor === null,
      until,
      confirmedAt,
      held: new Map(),
    };
    this.#forget(token);
    this.#kept.set(token, signIn, SIGN_IN_BYTES + 2 * token.length);
    return signIn;
  }

  /** Cached sign-in of this token; null unless it is fresh. */
  find(token: string): SignIn | null {
    const known = this.#kept.get(token);
    if (!known) return null;
    const now = this.#now();
    return now < known.until && this.#isConfirmed(known, now) ? known : null;
  }

  #isConfirmed({ byTable, confirmedAt }: Remembered, now: number): boolean {
    return !byTable || now - confirmedAt < this.#believedMs;
  }

  /** Cached sign-in for a request's headers; null if there is none. */
  recall(authorization: string | null, cookie: () => string | null): SignIn | null {
    // A token in the usual spelling is the cache key as it is: only verified tokens are in the
    // cache.
    const bearer = authorization?.startsWith(BEARER) ? authorization.slice(BEARER.length) : null;
    const found = bearer && this.find(bearer);
    if (found) return found;
    const token = this.#reader.tokenIn(authorization, cookie);
    return token ? this.find(token) : null;
  }

  /**
   * Revalidates all users by one query of the app's table; evicts those whose role or name changed.
   */
  async confirm(): Promise<void> {
    const now = this.#now();
    for (const each of [...this.#kept.values()]) {
      if (now >= each.until + this.#tokenMs) this.#forget(each.token);
    }
    const asked = [...this.#kept.values()].filter((each) => each.byTable);
    if (asked.length === 0) return;
    const ids = [...new Set(asked.map(({ actor }) => actor.id))];
    const found = new Map((await actorsById(this.#db, ids)).map((row) => [row.id, row]));
    for (const each of asked) {
      const row = found.get(each.actor.id);
      if (row?.role === each.actor.role && row.name === each.actor.name) each.confirmedAt = now;
      else this.#forget(each.token);
    }
  }

  #forget(token: string): void {
    const known = this.#kept.get(token);
    if (!known) return;
    this.#kept.delete(token);
    letGo(known);
  }
}

function letGo({ held }: Remembered): void {
  for (const each of [...held.values()]) each.forgotten();
  held.clear();
}
