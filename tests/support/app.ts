/**
 * A real API over a database of its own, asked in this process.
 *
 * @module
 */
import { SignJWT } from 'jose';
import type postgres from 'postgres';
import { API_BASE } from '../../backend/contract/paths.ts';
import { type Problem, PROBLEMS } from '../../backend/contract/problem.ts';
import { connect, type Database } from '../../backend/database/connection.ts';
import { createHeadway, type Headway, type HeadwayOptions } from '../../backend/mod.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { MOST_MS, pauseAfter } from './most-wait.ts';
import { REFUSAL } from './refused-writes.ts';

/** An answer whose body was read. */
export interface Answer {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any
  body: any;
}

export interface Ask {
  /** Sent as JSON. */
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  /** Bearer token. */
  token?: string;
}

export interface TestApp {
  readonly headway: Headway;
  readonly sql: postgres.Sql;
  /** The backend's own kind of connection, for calling its modules. */
  readonly db: Database;
  readonly dataDir: string;
  /** What was logged as unexpected. {@link TestApp.stop} expects it to be empty. */
  readonly logged: string[];
  /** What was logged of writes that a trigger of a test refuses. */
  readonly refused: string[];
  /** Asks at a path below `/api/v1`, or, where `path` has no slash in front, below the root. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  get(path: string, ask?: Ask): Promise<Answer>;
  post(path: string, json?: unknown, ask?: Ask): Promise<Answer>;
  delete(path: string, ask?: Ask): Promise<Answer>;
  /** Makes a knowledge base and returns its id. */
  knowledge(name?: string, ask?: Ask): Promise<string>;
  /** Sends a file and returns the answer. */
  send(
    name: string,
    content: BlobPart,
    metadata?: Record<string, unknown>,
    ask?: Ask & {
      process?: boolean;
    },
  ): Promise<Answer>;
  /** Names of the files that are stored, those still coming in included. */
  stored(): Promise<string[]>;
  /** Ends everything. Throws where a connection or an unexpected error is left. */
  stop(): Promise<void>;
}

export const SECRET = 'a secret of the existing app, long enough';

type Options = Partial<Omit<HeadwayOptions, 'databaseUrl' | 'dataDir'>> & {
  database?: TestDatabase;
};

/** For `beforeAll`; `afterAll` calls `stop`. */
export async function startTestApp({ database, ...options }: Options = {}): Promise<TestApp> {
  const test = database ?? (await createTestDatabase({ migrated: true }));
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-app-' });
  const logged: string[] = [];
  const refused: string[] = [];
  const headway = await createHeadway({
    databaseUrl: test.url,
    dataDir,
    // The app's own maintenance may try what the trigger of a test refuses.
    log: (message) => (message.includes(REFUSAL) ? refused : logged).push(message),
    ...options,
  });
  const db = connect(test.url, { max: 4, name: 'test' });
  const ask = askIn(headway);
  return {
    headway,
    sql: test.sql,
    db,
    dataDir,
    logged,
    refused,
    ask,
    get: (path, more) => ask('GET', path, more),
    post: (path, json, more) => ask('POST', path, { ...(json !== undefined && { json }), ...more }),
    delete: (path, more) => ask('DELETE', path, more),
    async knowledge(name = 'Novels', more) {
      const { body } = await ask('POST', '/knowledge/create', { json: { name }, ...more });
      return body.id;
    },
    send(name, content, metadata, { process = true, ...more } = {}) {
      const body = form(name, content, metadata);
      return ask('POST', `/files/?process=${process}`, { body, ...more });
    },
    stored: () => storedIn(dataDir),
    async stop() {
      await headway.stop();
      await db.close();
      const left = await connectionsLeft(test);
      await test.drop();
      await Deno.remove(dataDir, { recursive: true });
      if (left.length > 0) throw new Error(`Connections were left: ${left.join(', ')}`);
      if (logged.length > 0) throw new Error(`Unexpected errors: ${logged.join('\n')}`);
    },
  };
}

function form(name: string, content: BlobPart, metadata?: Record<string, unknown>): FormData {
  const body = new FormData();
  if (metadata) body.append('metadata', JSON.stringify(metadata));
  body.append('file', new Blob([content]), name);
  return body;
}

function askIn({ routes }: Headway): TestApp['ask'] {
  return async (method, path, { json, body, headers = {}, token } = {}) => {
    const answer = await routes.request(path.startsWith('/') ? `${API_BASE}${path}` : `/${path}`, {
      method,
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: json !== undefined ? JSON.stringify(json) : body ?? null,
    });
    const isJson = answer.headers.get('content-type')?.includes('json');
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
  };
}

async function storedIn(dataDir: string): Promise<string[]> {
  const names: string[] = [];
  for (const folder of ['uploads', 'uploads/incoming', 'uploads/partial']) {
    for await (const entry of Deno.readDir(`${dataDir}/${folder}`)) {
      if (entry.isFile) names.push(entry.name);
    }
  }
  return names.sort();
}

/** Applications that are still connected; a closed connection takes a moment to be gone. */
async function connectionsLeft({ sql }: TestDatabase): Promise<string[]> {
  let names: string[] = [];
  for (let tries = 0; tries < 20; tries++) {
    const rows = await sql<{ application_name: string }[]>`
      select application_name from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend'
        and application_name <> 'postgres.js'`;
    names = rows.map((row) => row.application_name);
    if (names.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return names;
}

/** Asks until `wanted` holds; throws with the last value after `ms`. */
export async function eventually<T>(
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
  ms = MOST_MS,
): Promise<T> {
  const startedAt = performance.now();
  while (true) {
    const value = await read();
    if (wanted(value)) return value;
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > ms) throw new Error(`Waited in vain: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(waitedMs)));
  }
}

/** Why an answer is not the problem document that was asked for, or null where it is. */
export function notProblem(answer: Answer, code: keyof typeof PROBLEMS): string | null {
  const { status, headers, body } = answer as Answer & { body: Problem };
  const faults: string[] = [];
  const [expected, title] = PROBLEMS[code];
  if (status !== expected) faults.push(`status ${status} instead of ${expected}`);
  if (headers.get('content-type') !== 'application/problem+json') {
    faults.push(`content-type ${headers.get('content-type')}`);
  }
  if (body.code !== code) faults.push(`code ${body.code} instead of ${code}`);
  if (body.title !== title) faults.push(`title ${body.title}`);
  if (body.status !== status) faults.push(`body's status ${body.status}`);
  if (typeof body.detail !== 'string' || body.detail === '') faults.push('no detail');
  return faults.length > 0 ? `${faults.join('; ')}: ${JSON.stringify(body)}` : null;
}

/** A token as the existing app signs it. */
export function signToken(
  payload: Record<string, unknown>,
  { secret = SECRET, expires = '1h' }: { secret?: string; expires?: string | number | Date } = {},
): Promise<string> {
  return new SignJWT({ jti: crypto.randomUUID(), ...payload })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
}

/** SHA-256 in hexadecimal digits. */
export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
