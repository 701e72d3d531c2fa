/**
 * A large upload does not fill the server's memory.
 *
 * @module
 */
import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { endPrograms, residentBytes, startProgram } from '../../support/processes.ts';

const MB = 1024 * 1024;
/** `HEADWAY_TEST_UPLOAD_MB=1024` sends a whole gigabyte. */
const SIZE = Number(Deno.env.get('HEADWAY_TEST_UPLOAD_MB') ?? 300) * MB;

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

test('a large upload raises the memory of the server by less than 100 MB', async () => {
  const program = startProgram({
    args: ['backend/main.ts'],
    env: { DATABASE_URL: app.url, DATA_DIR: app.dataDir, PORT: '0' },
  });
  const [, url] = await program.printed(/Headway is ready: (\S+)/);
  await (await fetch(`${url}/api/v1/knowledge/`)).body?.cancel();
  const before = residentBytes(program.pid);
  let most = 0;
  const startedAt = performance.now();
  const answer = await send(`${url}/api/v1/files/?process=false`, SIZE, () => {
    most = Math.max(most, residentBytes(program.pid));
  });
  expect(answer).toMatchObject({ filename: 'large.bin', meta: { size: SIZE } });
  const raised = (most - before) / MB;
  console.info(
    `${SIZE / MB} MB in ${Math.round(performance.now() - startedAt)} ms: ${before / MB | 0} MB ` +
      `before, ${raised | 0} MB more at most`,
  );
  expect(raised).toBeLessThan(100);
});

/** Sends a file of `size` bytes that exists nowhere; `onChunk` is called for each megabyte. */
async function send(url: string, size: number, onChunk: () => void): Promise<unknown> {
  const boundary = 'a-boundary-of-a-test';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; ` +
    `filename="large.bin"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  const chunk = new Uint8Array(MB).map((_, at) => at * 31 % 251);
  function* body() {
    yield head;
    for (let sent = 0; sent < size; sent += MB) {
      onChunk();
      yield chunk;
    }
    yield tail;
  }
  const agent = new Agent({ keepAlive: false });
  const answer = Promise.withResolvers<unknown>();
  const outgoing = request(url, {
    agent,
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': `${head.length + size + tail.length}`,
    },
  }, async (response) => {
    const text = (await Array.fromAsync(response, String)).join('');
    answer.resolve(JSON.parse(text));
  });
  outgoing.on('error', answer.reject);
  await pipeline(Readable.from(body(), { objectMode: false }), outgoing);
  const result = await answer.promise;
  agent.destroy();
  return result;
}
