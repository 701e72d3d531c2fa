/**
 * Who is asking.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { sql } from 'drizzle-orm';
import { jwtVerify } from 'jose';
import type { Database } from '../database/connection.ts';

/** A signed-in person. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly role: 'user' | 'admin';
}

/** Finds out who sends a request. Throws {@link AppError} `unauthenticated` or `forbidden`. */
export type Authenticate = (request: Request) => Promise<Actor>;

const LOCAL: Actor = { id: 'local', name: 'You', role: 'admin' };

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Everyone who reaches this machine's loopback by its own names is the one local user. A page of
 * another site whose name was made to point here (DNS rebinding) is nobody.
 */
export const authenticateLocal: Authenticate = (request: Request): Promise<Actor> => {
  const { hostname } = new URL(request.url);
  if (LOOPBACK.test(hostname)) return Promise.resolve(LOCAL);
  const detail = `Without AUTH_SECRET this is served on localhost only, not as ${hostname}`;
  return Promise.reject(new AppError('forbidden', detail));
};

/**
 * The existing app's tokens: JWT (RFC 7519), HS256, payload `{id, jti, iat, exp}`, as
 * `Authorization: Bearer` or the cookie `token`. The role is read from the `user` table.
 */
export function authenticateBySecret(db: Database, secret: string): Authenticate {
  const key = new TextEncoder().encode(secret);
  return async (request) => {
    const token = bearer(request) ?? cookie(request, 'token');
    if (!token) throw new AppError('unauthenticated', 'Please sign in');
    return await actorById(db, await verifiedId(token, key));
  };
}

async function verifiedId(token: string, key: Uint8Array): Promise<string> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] });
    if (typeof payload.id === 'string' && payload.id) return payload.id;
  } catch (cause) {
    throw new AppError('unauthenticated', 'Your sign-in has expired. Please sign in again', {
      cause,
    });
  }
  throw new AppError('unauthenticated', 'This token names no user. Please sign in again');
}

async function actorById(db: Database, id: string): Promise<Actor> {
  const [row] = await db.orm.execute<{ id: string; name: string; role: string }>(
    sql`select id, name, role from "user" where id = ${id}`,
  );
  if (!row) throw new AppError('unauthenticated', 'This account does not exist any more');
  const { name, role } = row;
  if (role !== 'admin' && role !== 'user') {
    throw new AppError('forbidden', 'Your account is not activated yet. Ask an administrator');
  }
  return { id, name, role };
}

function bearer(request: Request): string | null {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}

function cookie(request: Request, name: string): string | null {
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
