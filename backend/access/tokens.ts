/**
 * The app's own tokens: JWT (RFC 7519) as `Authorization: Bearer` or in a cookie.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { sql } from 'drizzle-orm';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { Database } from '../database/connection.ts';
import type { Actor, Authenticate } from './actor.ts';
import { createKeySet, type KeySetOptions } from './key-set.ts';

export interface TokenOptions {
  /** Secret of tokens signed with HS256. Either this or `jwksUrl`. */
  readonly secret?: string | undefined;
  /** Where the public keys of tokens signed with RS256 or ES256 are (RFC 7517). */
  readonly jwksUrl?: string | undefined;
  /** What `iss` must be. */
  readonly issuer?: string | undefined;
  /** What `aud` must be, or hold. */
  readonly audience?: string | undefined;
  /** The claim that names the user. @default `id` with a secret, `sub` with keys */
  readonly userClaim?: string | undefined;
  /**
   * The claim that says `admin` or `user`, or a list with one of them. Left out, role and name are
   * read from the app's `user` table, and whoever is not in it is nobody.
   */
  readonly roleClaim?: string | undefined;
  /** @default `token` */
  readonly cookie?: string | undefined;
  /** How the keys are fetched. */
  readonly keySet?: KeySetOptions | undefined;
}

/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** PostgreSQL stores no NUL; an id is short. */
// deno-lint-ignore no-control-regex
const ID = /^[^\u0000]{1,255}$/;

type Verify = (token: string) => Promise<JWTPayload>;

/** Throws a TypeError unless there is exactly one of `secret` and `jwksUrl`. */
export function authenticateByToken(db: Database, options: TokenOptions): Authenticate {
  const { cookie = 'token', roleClaim } = options;
  const userClaim = options.userClaim ?? (options.secret ? 'id' : 'sub');
  const verify = createVerifier(options);
  return async (request) => {
    const token = bearerOf(request) ?? cookieOf(request, cookie);
    if (!token) throw new AppError('unauthenticated', 'Please sign in');
    const payload = await verify(token).catch(asRefusal);
    const id = payload[userClaim];
    if (typeof id !== 'string' || !ID.test(id)) {
      throw new AppError('unauthenticated', 'This token names no user. Please sign in again');
    }
    return roleClaim ? actorByClaims(id, payload, roleClaim) : await actorById(db, id);
  };
}

/**
 * Each kind of key has its own algorithms, fixed here and never taken from the token: a public key
 * cannot be used as a secret.
 */
function createVerifier({ secret, jwksUrl, issuer, audience, keySet }: TokenOptions): Verify {
  const expected: JWTVerifyOptions = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  };
  if (secret && !jwksUrl) {
    const key = new TextEncoder().encode(secret);
    const rules = { ...expected, algorithms: ['HS256'] };
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
  const detail = cause instanceof errors.JWTExpired
    ? 'Your sign-in has expired. Please sign in again'
    : 'Your sign-in is not valid. Please sign in again';
  throw new AppError('unauthenticated', detail, { cause });
}

async function actorById(db: Database, id: string): Promise<Actor> {
  const [row] = await db.orm.execute<{ id: string; name: string; role: string }>(
    sql`select id, name, role from "user" where id = ${id}`,
  );
  if (!row) throw new AppError('unauthenticated', 'This account does not exist any more');
  const { name, role } = row;
  if (role !== 'admin' && role !== 'user') throw notActivated();
  return { id, name, role };
}

function actorByClaims(id: string, payload: JWTPayload, roleClaim: string): Actor {
  const given = payload[roleClaim];
  const roles = Array.isArray(given) ? given : [given];
  const role = (['admin', 'user'] as const).find((each) => roles.includes(each));
  if (!role) throw notActivated();
  return { id, name: typeof payload.name === 'string' ? payload.name : id, role };
}

function notActivated(): AppError {
  return new AppError('forbidden', 'Your account is not activated yet. Ask an administrator');
}

/** The token of `Authorization: Bearer` (RFC 6750). */
export function bearerOf(request: Request): string | null {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}

function cookieOf(request: Request, name: string): string | null {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return decoded(value.join('='));
  }
  return null;
}

/** A token holds no character that would need encoding; what is encoded wrongly is none. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
