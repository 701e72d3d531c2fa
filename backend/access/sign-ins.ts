/**
 * Sign-ins of people who poll: a token that was verified is remembered for a minute, and what the
 * app says of its user for as long as one statement for all of them confirms it every two seconds.
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

/** Somebody whose token was verified. */
export interface SignIn {
  readonly actor: Actor;
  /** What is kept for whoever asks with it; empty once the sign-in is not believed any more. */
  readonly held: Map<string, Held>;
}

export interface Held {
  /** What it was held for has changed, or has gone. */
  forgotten(): void;
}

export interface SignInOptions {
  /** An app's own rule of who may see what, for everybody. */
  readonly authorize?: Authorize | undefined;
  /** A token is verified again after this long. @default 60_000 */
  readonly tokenMs?: number;
  /** Without being confirmed for this long, nothing is believed. @default 4_000 */
  readonly believedMs?: number;
  /** @default 64 MiB */
  readonly maxBytes?: number;
  /** Milliseconds, of a clock that is never set. @default performance.now */
  readonly now?: () => number;
}

interface Remembered extends SignIn {
  readonly token: string;
  readonly byTable: boolean;
  /** Until then the token is believed without looking. */
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

  /** Who sends a request. Throws as {@link authenticateByToken} does. */
  async of(request: Request): Promise<SignIn> {
    const token = this.#reader.tokenOf(request);
    const found = this.find(token);
    if (found) return found;
    const identity = await this.#reader.identify(token);
    const until = this.#now() + Math.min(identity.expiresAt - Date.now(), this.#tokenMs);
    const known = this.#kept.get(token);
    // Only the token had to be looked at again: nobody is asked for who it is.
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

  /** Who was found to have sent this token lately, as long as that is believed. */
  find(token: string): SignIn | null {
    const known = this.#kept.get(token);
    if (!known) return null;
    const now = this.#now();
    return now < known.until && this.#isConfirmed(known, now) ? known : null;
  }

  #isConfirmed({ byTable, confirmedAt }: Remembered, now: number): boolean {
    return !byTable || now - confirmedAt < this.#believedMs;
  }

  /** Whose sign-in a request's headers carry, where that is remembered. */
  recall(authorization: string | null, cookie: () => string | null): SignIn | null {
    // A token spelled as usual is looked up as it is: nothing is found but what was verified before.
    const bearer = authorization?.startsWith(BEARER) ? authorization.slice(BEARER.length) : null;
    const found = bearer && this.find(bearer);
    if (found) return found;
    const token = this.#reader.tokenIn(authorization, cookie);
    return token ? this.find(token) : null;
  }

  /** Asks the app's table for everybody at once; forgets who is not what they were. */
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
