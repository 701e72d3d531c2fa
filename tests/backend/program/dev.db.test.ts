/**
 * The program as `deno task dev` runs it, on a copy of the sources that the test changes.
 *
 * @module
 */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDataDir } from '../../support/installation.ts';
import {
  endPrograms,
  isAlive,
  processesBelow,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const COPIED = [
  'backend',
  'docs',
  'frontend',
  'migrations',
  'deno.json',
  'deno.lock',
  'package.json',
];
const PAGE_PATH = '/src/routes/+page.svelte';
const PAGE = `frontend${PAGE_PATH}`;
const HEALTH = 'backend/http/routes-system.ts';

let dataDir: string;
let sources: string;
beforeAll(async () => {
  dataDir = await createDataDir();
  sources = await Deno.makeTempDir({ prefix: 'headway-sources-' });
  for (const name of COPIED) await copy(join(ROOT, name), join(sources, name));
  await linkPackages(join(ROOT, 'node_modules'), join(sources, 'node_modules'));
});
afterEach(endPrograms);
afterAll(async () => {
  await Deno.remove(dataDir, { recursive: true });
  await Deno.remove(sources, { recursive: true });
});

/** A file, or a folder without what was built in it and without pictures. */
async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    if (!/^(build|dist|\.svelte-kit|screenshots)$/.test(name)) {
      await copy(join(from, name), join(to, name));
    }
  }
}

/** The copy has what vite keeps beside the packages to itself. */
async function linkPackages(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    if (name !== '.vite') await Deno.symlink(join(from, name), join(to, name));
  }
}

/** In one step, so that it is one change. */
async function edit(path: string, change: (text: string) => string): Promise<void> {
  const file = join(sources, path);
  const text = await Deno.readTextFile(file);
  const changed = change(text);
  expect(changed).not.toBe(text);
  await Deno.writeTextFile(`${file}.new`, changed);
  await Deno.rename(`${file}.new`, file);
}

interface Message {
  readonly type: string;
  readonly updates?: readonly { readonly path: string }[];
}

/** What the server of the pages sends to a page that is open. */
async function listen(url: string): Promise<{ readonly sent: Message[]; close(): void }> {
  const client = await (await fetch(`${url}/@vite/client`)).text();
  const [, token = ''] = /wsToken = "([^"]+)"/.exec(client) ?? [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/?token=${token}`, 'vite-hmr');
  const sent: Message[] = [];
  socket.onmessage = ({ data }) => sent.push(JSON.parse(data));
  await until('the connection', () => sent.length > 0);
  return { sent, close: () => socket.close() };
}

test('one address: pages follow their sources, API and worker start again, Ctrl-C ends all', async () => {
  const program = startProgram({
    args: [join(sources, 'backend/main.ts'), '--dev'],
    env: { DATA_DIR: dataDir, PORT: '0' },
  });
  const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  const workers = () => processesBelow(program.pid, /backend\/worker\.ts/);
  const [worker = 0] = workers();

  const page = await (await fetch(url)).text();
  expect(page).toContain('__sveltekit_dev');
  const created = await fetch(`${url}/api/v1/knowledge/create`, {
    method: 'POST',
    // As a browser sends it with a page of this address.
    headers: { 'content-type': 'application/json', origin: url, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ name: 'A knowledge base' }),
  });
  expect(created.status).toBe(200);

  const { sent, close } = await listen(url);
  await until('an update of the page', async () => {
    // Known to the server from when a page has asked for it.
    const module = await (await fetch(`${url}${PAGE_PATH}`)).text();
    expect(module).toContain('import.meta.hot');
    await edit(PAGE, (text) => `${text}\n<p>Another line</p>\n`);
    return sent.some(({ updates }) => updates?.some(({ path }) => path === PAGE_PATH));
  }, { everyMs: 500 });

  await edit(HEALTH, (text) => text.replace("status: 'ok' })", "status: 'changed' } as never)"));
  await until('the changed API', async () => {
    const answer = await fetch(`${url}/health`);
    const body = await answer.text();
    return answer.ok && body.includes('changed');
  });
  await until('another worker', () => workers().some((pid) => pid !== worker));
  await until('its start', () => program.output.match(/takes jobs as/g)?.length === 2);
  expect(isAlive(worker)).toBe(false);
  close();

  // A terminal sends it to the program and to all that it started in its session.
  const family = [program.pid, ...processesBelow(program.pid)];
  for (const pid of processesBelow(program.pid, /--with-parent/)) signalTo(pid, 'SIGINT');
  expect((await fetch(`${url}/health`)).status).toBe(200);
  program.kill('SIGINT');
  expect((await program.ended).code).toBe(0);
  await until('the end of all that it started', () => !family.some(isAlive));
  expect(program.output).not.toContain('another starts');
});
