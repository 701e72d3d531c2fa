/** No request leaves a file open: HEAD, conditional, range and aborted requests, in a real server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPages } from '../../../backend/http/pages.ts';
import { eventually, startTestApp, type TestApp } from '../../support/app.ts';

const TIMES = 40;
/** Connections of the pool and of the client come and go. */
const SPARE = 15;

let app: TestApp;
let folder: string;
let server: Deno.HttpServer<Deno.NetAddr>;
let file: string;

beforeAll(async () => {
  app = await startTestApp();
  folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/index.html`, 'shell'.repeat(100));
  const pages = createPages(folder);
  const { routes } = app.headway;
  routes.get('/*', async (c) => await pages(c) ?? c.notFound());
  server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen: () => {} },
    (request, info) => routes.fetch(request, info),
  );
  const sent = await app.send('a.bin.txt', new Uint8Array(8 * 1024 * 1024).fill(65), undefined, {
    process: false,
  });
  file = `/api/v1/files/${sent.body.id}/content`;
});
afterAll(async () => {
  await server.shutdown();
  await app.stop();
  await Deno.remove(folder, { recursive: true });
});

const openFiles = () => {
  const names = [...Deno.readDirSync('/proc/self/fd')].flatMap(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`);
    } catch {
      return [];
    }
  });
  return names.filter((name) => name.startsWith('/') && !name.startsWith('/dev/')).length;
};

const ask = (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${server.addr.port}${path}`, init);

async function aborted(path: string): Promise<void> {
  const controller = new AbortController();
  const answer = await ask(path, { signal: controller.signal });
  await answer.body?.getReader().read();
  controller.abort();
}

const REQUESTS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['HEAD of a page', () => ask('/knowledge/x', { method: 'HEAD' })],
  ['HEAD of an asset of the API page', () => ask('/docs/swagger-ui.css', { method: 'HEAD' })],
  ['HEAD of a stored file', () => ask(file, { method: 'HEAD' })],
  ['a conditional request', async () => {
    const etag = (await ask(file, { method: 'HEAD' })).headers.get('etag') ?? '';
    expect((await ask(file, { headers: { 'if-none-match': etag } })).status).toBe(304);
  }],
  ['a range', async () => {
    const answer = await ask(file, { headers: { range: 'bytes=5-9' } });
    expect([answer.status, await answer.text()]).toEqual([206, 'AAAAA']);
  }],
  ['a download that is aborted', () => aborted(file)],
  ['a page that is aborted', () => aborted('/')],
];

test.each(REQUESTS)('%s closes what it opened', async (name, request) => {
  await request();
  const before = openFiles();
  for (let times = 0; times < TIMES; times++) await request();
  // The garbage collector would close a file that is left open, in the end: nothing waits for it.
  const isOpen = () => openFiles() - before >= SPARE;
  if (name.includes('aborted')) await eventually(() => Promise.resolve(isOpen()), (open) => !open);
  else expect(isOpen()).toBe(false);
});
