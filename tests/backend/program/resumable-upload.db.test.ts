/**
 * A large upload cut at random places, with the server killed among them, arrives as it was sent.
 */
import { Agent, request } from 'node:http';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { API_BASE, paths } from '../../../backend/contract/paths.ts';
import { createInstallation, type Installation, json } from '../../support/installation.ts';
import { endPrograms, type Program, startProgram } from '../../support/processes.ts';
import { BYTES, metadataHeader, VERSION } from '../../support/tus.ts';
import { sha256 } from '../../support/app.ts';

const MB = 1024 * 1024;
/** `HEADWAY_TEST_RESUMABLE_MB=2048` sends two gigabytes. */
const SIZE = Number(Deno.env.get('HEADWAY_TEST_RESUMABLE_MB') ?? 200) * MB;
const CUTS = 20;
/** At these cuts the server is killed and started again. */
const KILLS = [4, 11];

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

async function startServer(port = '0'): Promise<{ program: Program; url: URL }> {
  const program = startProgram({
    args: ['backend/main.ts'],
    env: { DATABASE_URL: app.url, DATA_DIR: app.dataDir, PORT: port },
  });
  const [, url] = await program.printed(/Headway is ready: (\S+)/);
  return { program, url: new URL(url!) };
}

test(
  `${SIZE / MB} MB cut ${CUTS} times, the server killed among them, arrive byte for byte`,
  async () => {
    const bytes = randomBytes(SIZE);
    let { program, url } = await startServer();
    const { address, sessionId } = await announce(url, bytes.length);
    // Sorted, so that every cut is reached; each lets the upload get a little further.
    const cuts = Array.from({ length: CUTS }, () => Math.random() * SIZE).sort((a, b) => a - b);
    let cutShort = 0;
    for (const [at, cut] of cuts.entries()) {
      const offset = await offsetOf(new URL(address, url));
      if (offset < cut) {
        await sendAndCut(new URL(address, url), bytes, offset, cut);
        cutShort += 1;
      }
      if (!KILLS.includes(at)) continue;
      program.kill('SIGKILL');
      await program.ended;
      ({ program, url } = await startServer(url.port));
    }
    expect(cutShort).toBeGreaterThan(CUTS / 2);
    expect(await sendRest(new URL(address, url), bytes)).toBe('204 ');
    expect(await offsetOf(new URL(address, url))).toBe(SIZE);
    const { files } = await app.status(sessionId);
    expect(files).toEqual([expect.objectContaining({ size: SIZE, file_id: expect.any(String) })]);
    const content = await fetch(
      `${url.origin}${API_BASE}${paths.fileContent(files![0]!.file_id!)}`,
    );
    const hash = createHash('sha256');
    for await (const chunk of content.body!) hash.update(chunk);
    expect(hash.digest('hex')).toBe(await sha256(bytes));
    expect((await app.file(files![0]!.file_id!)).meta.file_hash).toBe(await sha256(bytes));
  },
  180_000,
);

function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

async function announce(url: URL, size: number) {
  const knowledgeId = await app.createKnowledge();
  const uploads = [{ name: 'large.bin', size }];
  const accepted = await app.ask<{ session_id: string; files: { job_id: string }[] }>(
    paths.startSession(knowledgeId),
    json({ uploads }),
  );
  const created = await fetch(new URL(`${API_BASE}${paths.uploads}`, url), {
    method: 'POST',
    headers: {
      ...VERSION,
      'upload-length': `${size}`,
      'upload-metadata': metadataHeader({ job_id: accepted.files[0]!.job_id }),
    },
  });
  await created.body?.cancel();
  return { address: created.headers.get('location')!, sessionId: accepted.session_id };
}

async function offsetOf(address: URL): Promise<number> {
  const answer = await fetch(address, { method: 'HEAD', headers: VERSION });
  if (!answer.ok) throw new Error(`HEAD ${address}: ${answer.status}`);
  return Number(answer.headers.get('upload-offset'));
}

/**
 * Sends what is left. What a request that was cut had under way may arrive after the question how far
 * it is: then the server says 409, and is asked again, as the protocol has it.
 */
async function sendRest(address: URL, bytes: Uint8Array): Promise<string> {
  while (true) {
    const said = await sendAndCut(address, bytes, await offsetOf(address), bytes.length);
    if (!said.startsWith('409 ')) return said;
  }
}

/** Sends from `offset` on, and breaks the connection at `cut` where that is before the end. */
async function sendAndCut(
  address: URL,
  bytes: Uint8Array,
  offset: number,
  cut: number,
): Promise<string> {
  const agent = new Agent({ keepAlive: false });
  const answered = Promise.withResolvers<string>();
  const outgoing = request(address, {
    agent,
    method: 'PATCH',
    headers: {
      ...VERSION,
      'content-type': BYTES,
      'upload-offset': `${offset}`,
      'content-length': `${bytes.length - offset}`,
    },
  }, (response) => {
    let said = `${response.statusCode} `;
    response.on('data', (text) => said += text).on('end', () => answered.resolve(said));
  });
  outgoing.on('error', (error) => answered.resolve(`broken: ${error.message}`));
  const end = Math.floor(cut);
  let over = false;
  void answered.promise.then(() => over = true);
  for (let at = offset; at < end && !over; at += MB) {
    const piece = bytes.subarray(at, Math.min(end, at + MB));
    if (!outgoing.write(piece)) await Promise.race([drained(outgoing), answered.promise]);
  }
  if (end < bytes.length) outgoing.destroy();
  else outgoing.end();
  const said = await answered.promise;
  agent.destroy();
  return said;
}

const drained = (stream: NodeJS.WritableStream) =>
  new Promise<void>((resolve) => stream.once('drain', resolve));
