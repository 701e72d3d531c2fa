/**
 * The app's own tokens: JWT (RFC 7519) as `Authorization: Bearer` or in a cookie.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { Database } from '../database/connection.ts';
import type { Actor, Authenticate } from './actor.ts';
import { createKeySet, type KeySetOptions } from './key-set.ts';

export interface TokenOptions {
  /** Secret of tokens signed with HS256. Either this or `jwksUrl`. */
  readonly secret?: string | undefined;
  /** Accepts a secret of fewer bytes than {@link SECRET_BYTES}. @default false */
  readonly allowShortSecret?: boolean | undefined;
  /** Rejects tokens without `exp`. With keys they are always rejected. @default false */
  readonly requireExpiry?: boolean | undefined;
  /** Address of the public keys of tokens signed with RS256 or ES256 (RFC 7517). */
  readonly jwksUrl?: string | undefined;
  /** Required value of `iss`. */
  readonly issuer?: string | undefined;
  /** Required value of `aud`, or of one of its elements. */
  readonly audience?: string | undefined;
  /** The claim that names the user. @default `id` with a secret, `sub` with keys */
  readonly userClaim?: string | undefined;
  /**
   * The claim with `admin` or `user`, or a list with one of them. Without it, role and name are
   * read from the app's `user` table; a user who is not in it is rejected.
   */
  readonly roleClaim?: string | undefined;
  /** @default `token` */
  readonly cookie?: string | undefined;
  /** Options of fetching the keys. */
  readonly keySet?: KeySetOptions | undefined;
}

/** HS256 needs a key as long as its hash (RFC 7518, section 3.2); a shorter one can be guessed. */
export const SECRET_BYTES = 32;

export const isShortSecret = (secret: string): boolean =>
  new TextEncoder().encode(secret).length < SECRET_BYTES;

/** Tolerated difference between the clocks of two machines. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** PostgreSQL stores no NUL; an id is short. */
// deno-lint-ignore no-control-regex
const ID = /^[^\u0000]{1,255}$/;

type Verify = (token: string) => Promise<JWTPayload>;

/** Content of a verified token. */
export interface Identity {
  readonly id: string;
  /** Milliseconds since 1970, tolerance included; Infinity if the token never expires. */
  readonly expiresAt: number;
  /** Null if the role is in the app's `user` table. */
  readonly actor: Actor | null;
}

/** Reads the app's tokens. */
export interface TokenReader {
  /** The token of a request. Throws {@link AppError} `unauthenticated` if there is none. */
  tokenOf(request: Request): string;
  /** The token in the values of `Authorization` and `Cookie`; null if there is none. */
  tokenIn(authorization: string | null, cookie: () => string | null): string | null;
  /** Throws {@link AppError} `unauthenticated`, `forbidden` or `unavailable`. */
  identify(token: string): Promise<Identity>;
}

/** Throws a TypeError for a short secret, and unless exactly one of it and `jwksUrl` is given. */
export function createTokenReader(options: TokenOptions): TokenReader {
  const { cookie = 'token', roleClaim } = options;
  const userClaim = options.userClaim ?? (options.secret ? 'id' : 'sub');
  const verify = createVerifier(options);
  const tokenIn: TokenReader['tokenIn'] = (authorization, cookies) =>
    bearerIn(authorization) ?? cookieIn(cookies(), cookie);
  return {
    tokenIn,
    tokenOf({ headers }) {
      const token = tokenIn(headers.get('authorization'), () => headers.get('cookie'));
      if (token) return token;
      throw new AppError('unauthenticated', message('sign_in'));
    },
    async identify(token) {
      const payload = await verify(token).catch(asRefusal);
      const id = payload[userClaim];
      if (typeof id !== 'string' || !ID.test(id)) {
        throw new AppError('unauthenticated', message('token_without_user'));
      }
      const expiresAt = 1_000 * ((payload.exp ?? Infinity) + CLOCK_TOLERANCE_SECONDS);
      return { id, expiresAt, actor: roleClaim ? actorByClaims(id, payload, roleClaim) : null };
    },
  };
}

/** Verifies the token of every request, and reads the role of its user every time. */
export function authenticateByToken(db: Database, options: TokenOptions): Authenticate {
  const reader = createTokenReader(options);
  return async (request) => {
    const { id, actor } = await reader.identify(reader.tokenOf(request));
    return actor ?? await actorById(db, id);
  };
}

/**
 * Each kind of key has its own algorithms, fixed here and never taken from the token: a public key
 * cannot be used as a secret.
 */
function createVerifier(options: TokenOptions): Verify {
  const { secret, jwksUrl, issuer, audience, keySet, requireExpiry } = options;
  const expected: JWTVerifyOptions = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  };
  if (secret && !jwksUrl) {
    if (isShortSecret(secret) && !options.allowShortSecret) {
      throw new TypeError(
        `The secret of tokens has fewer than ${SECRET_BYTES} bytes; 'allowShortSecret' takes it`,
      );
    }
    const key = new TextEncoder().encode(secret);
    const requiredClaims = requireExpiry ? ['exp'] : [];
    const rules = { ...expected, algorithms: ['HS256'], requiredClaims };
    return async (token) => (await jwtVerify(token, key, rules)).payload;
  }
  if (jwksUrl && !secret) {
    const keys = createKeySet(jwksUrl, keySet);
    const rules = { ...expected, algorithms: ['RS256', 'ES256'], requiredClaims: ['exp'] };
    return async (token) => (await jwtVerify(token, keys, rules)).payload;
  }
  throw new TypeError('Tokens need either a secret or the address of a key set, not both');
}

function asRefusal(cause: unknown): never {
  if (cause instanceof AppError) throw cause;
  const expired = cause instanceof errors.JWTExpired;
  const reason = message(expired ? 'sign_in_expired' : 'sign_in_invalid');
  throw new AppError('unauthenticated', reason, { cause });
}

/** Throws {@link AppError} if there is no such account, or it has no permissions. */
export async function actorById(db: Database, id: string): Promise<Actor> {
  const [actor] = await actorsById(db, [id]);
  if (!actor) throw new AppError('unauthenticated', message('account_gone'));
  if (actor.role !== 'admin' && actor.role !== 'user') throw notActivated();
  return { ...actor, role: actor.role };
}

/** Existing accounts of the app's table, whatever their role. */
export async function actorsById(
  db: Database,
  ids: readonly string[],
): Promise<{ id: string; name: string; role: string }[]> {
  return await db.orm.execute<{ id: string; name: string; role: string }>(
    sql`select id, name, role from "user" where id = any(${sql.param(ids)}::text[])`,
  );
}

function actorByClaims(id: string, payload: JWTPayload, roleClaim: string): Actor {
  const given = payload[roleClaim];
  const roles = Array.isArray(given) ? given : [given];
  const role = (['admin', 'user'] as const).find((each) => roles.includes(each));
  if (!role) throw notActivated();
  return { id, name: typeof payload.name === 'string' ? payload.name : id, role };
}

function notActivated(): AppError {
  return new AppError('forbidden', message('account_inactive'));
}

/** The token of `Authorization: Bearer` (RFC 6750). */
export function bearerOf(request: Request): string | null {
  return bearerIn(request.headers.get('authorization'));
}

function bearerIn(authorization: string | null): string | null {
  return authorization === null ? null : /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? null;
}

function cookieIn(cookies: string | null, name: string): string | null {
  for (const pair of (cookies ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return decoded(value.join('='));
  }
  return null;
}

/** A token has no characters that need encoding; a malformed encoding is no token. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
