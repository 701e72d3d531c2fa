/**
 * A client that sends files by both ways and does not give up, and the host's own writer.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type postgres from 'postgres';
import { KINDS, makeFile, markOf, nameOf } from './files.ts';
import { type Random, randomFrom, sleep } from './random.ts';
import type { Stage } from './stage.ts';

export const KNOWLEDGE = 'host';
const REQUEST_MS = 20_000;
const AGAIN_MS = 500;
const TUS = { 'tus-resumable': '1.0.0' };

export interface Sent {
  readonly n: number;
  readonly kind: (typeof KINDS)[number];
  readonly id: string;
}

/** What may pass; anything else is a refusal that the client did not deserve. */
const PASSING = [404, 408, 409, 410, 423, 429];

class Refused extends Error {}

async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
  if (response.ok) return response;
  const text = `${response.status} ${await response.text()}`;
  if (response.status < 500 && !PASSING.includes(response.status)) throw new Refused(text);
  throw new Error(text);
}

async function sendMultipart({ url }: Stage, name: string, bytes: Uint8Array): Promise<string> {
  const body = new FormData();
  body.append('metadata', JSON.stringify({ knowledge_id: KNOWLEDGE }));
  body.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  const response = await request(`${url}/api/v1/files/`, { method: 'POST', body });
  return (await response.json()).id;
}

/** Only the answer to the last byte names the file, and that answer may be lost. */
async function findFile(sql: postgres.Sql, name: string): Promise<string | null> {
  const [row] = await sql`select id from file where filename = ${name} limit 1`;
  return row?.id ?? null;
}

/** In two requests, the second of which goes on where the first has ended. */
async function sendTus(
  { url, sql }: Stage,
  name: string,
  bytes: Uint8Array,
  at: { location: string | null },
): Promise<string> {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const ask = (method: string, location: string, headers = {}, body: BodyInit | null = null) =>
    request(`${url}${location}`, { method, headers: { ...TUS, ...headers }, body });
  at.location ??= (await ask('POST', '/api/v1/uploads', {
    'upload-length': `${bytes.length}`,
    'upload-metadata': `filename ${encode(name)},knowledge_id ${encode(KNOWLEDGE)}`,
  })).headers.get('location')!;
  const location = new URL(at.location, url).pathname;
  try {
    let head = await ask('HEAD', location);
    let offset = Number(head.headers.get('upload-offset'));
    while (offset < bytes.length) {
      const end = offset === 0 ? Math.ceil(bytes.length / 2) : bytes.length;
      const headers = {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': `${offset}`,
      };
      head = await ask('PATCH', location, headers, bytes.slice(offset, end));
      offset = Number(head.headers.get('upload-offset'));
    }
    const file = head.headers.get('content-location') ?? await findFile(sql, name);
    if (!file) throw new Error(`No file yet: ${location}`);
    return file.split('/').at(-1)!;
  } catch (error) {
    if (/^(404|410) /.test(String((error as Error).message))) at.location = null;
    throw error;
  }
}

/** Sends file `n` until it is there. Throws where it is refused, or `signal` is aborted. */
export async function send(
  stage: Stage,
  n: number,
  random: Random,
  signal: AbortSignal,
): Promise<Sent> {
  const kind = KINDS[n % KINDS.length]!;
  const bytes = await makeFile(n, kind);
  const byTus = random.below(2) === 0;
  const at = { location: null };
  while (true) {
    try {
      const name = nameOf(n, kind);
      const id =
        await (byTus ? sendTus(stage, name, bytes, at) : sendMultipart(stage, name, bytes));
      return { n, kind, id };
    } catch (error) {
      if (error instanceof Refused || signal.aborted) {
        throw new Error(`${markOf(n)} was not taken: ${error}`, { cause: error });
      }
      await sleep(AGAIN_MS);
    }
  }
}

/** Writes rows back whole, as the app's object mapper does, from copies that are a while old. */
export async function writeStaleRows(
  { sql }: Stage,
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  const random = randomFrom(seed);
  while (!signal.aborted) {
    try {
      const rows = await sql`select id, hash, filename, path, data::text as data,
        meta::text as meta, updated_at from file order by id`;
      const row = rows[random.below(rows.length)];
      await sleep(random.between(0, 3_000));
      if (row) await writeBack(sql, row);
    } catch {
      // The database is away: the app's request fails.
      await sleep(AGAIN_MS);
    }
  }
}

async function writeBack(sql: postgres.Sql, row: postgres.Row): Promise<void> {
  await sql`update file set hash = ${row.hash}, filename = ${row.filename}, path = ${row.path},
    data = ${row.data}::text::json, meta = ${row.meta}::text::json, updated_at = ${row.updated_at}
    where id = ${row.id}`;
}
