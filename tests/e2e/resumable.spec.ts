/// <reference lib="dom" />
import { createHash, randomBytes } from 'node:crypto';
import type { APIRequestContext, Page } from '@playwright/test';
import { openLine } from './line.ts';
import { startProgram } from './program.ts';
import { expect, onlySession, test } from './fixtures.ts';

const MB = 1024 * 1024;
const SIZE = 12 * MB;

/** A file on disk: chosen twice, it has the same name, size and time of its last change. */
async function fileOnDisk(): Promise<{ path: string; name: string; hash: string }> {
  const folder = await Deno.makeTempDir({ prefix: 'headway-e2e-file-' });
  const bytes = randomBytes(SIZE);
  const path = `${folder}/recording.bin`;
  await Deno.writeFile(path, bytes);
  return { path, name: 'recording.bin', hash: createHash('sha256').update(bytes).digest('hex') };
}

/** Lets the page send so many bytes a second, and no more. */
async function throttle(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

interface Pending {
  received: number;
  paused: boolean;
}

async function pendingOf(request: APIRequestContext, knowledgeId: string): Promise<Pending[]> {
  const answer = await request.get(`/api/v1/uploads?knowledge_id=${knowledgeId}`);
  return (await answer.json()).items;
}

/** Waits until so much has arrived, as the server says. */
async function arrives(request: APIRequestContext, id: string, bytes: number): Promise<void> {
  await expect.poll(async () => (await pendingOf(request, id))[0]?.received ?? 0, {
    timeout: 30_000,
  }).toBeGreaterThan(bytes);
}

/** Offsets at which the page goes on with an upload. */
function watchOffsets(page: Page): number[] {
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  return offsets;
}

/** The knowledge base's only file of its only session has arrived, byte for byte. */
async function expectArrived(request: APIRequestContext, id: string, hash: string): Promise<void> {
  const { session_id } = await onlySession(request, id);
  const file = async () => {
    const answer = await request.get(`/api/v1/progress/${session_id}/status?files=true`);
    const { files } = await answer.json();
    expect(files).toHaveLength(1);
    return files[0].file_id as string | null;
  };
  await expect.poll(file, { timeout: 60_000 }).not.toBeNull();
  const row = await (await request.get(`/api/v1/files/${await file()}`)).json();
  expect(row.meta).toMatchObject({ size: SIZE, file_hash: hash });
}

const choose = (page: Page, path: string) => page.getByLabel('Choose files').setInputFiles(path);

test('an upload is paused and goes on where it stopped', async ({ page, request, knowledgeId }) => {
  const { path, name, hash } = await fileOnDisk();
  const offsets = watchOffsets(page);
  await page.goto(`/knowledge/${knowledgeId}`);
  await throttle(page, 3 * MB);
  await choose(page, path);
  await arrives(request, knowledgeId, MB);
  await page.getByRole('button', { name: `Pause ${name}` }).click();
  await expect(page.getByRole('button', { name: `Resume ${name}` })).toBeVisible();
  await expect.poll(async () => (await pendingOf(request, knowledgeId))[0]?.paused).toBe(true);
  await page.getByRole('button', { name: `Resume ${name}` }).click();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets[0]).toBe(0);
  expect(offsets.at(-1)).toBeGreaterThan(MB);
});

test('after a reload the file is asked for again, and only its rest is sent', async ({ page, request, knowledgeId }) => {
  const { path, name, hash } = await fileOnDisk();
  await page.goto(`/knowledge/${knowledgeId}`);
  await throttle(page, 3 * MB);
  await choose(page, path);
  await arrives(request, knowledgeId, MB);
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  const asked = page.getByRole('region', { name: '1 file still to be sent' });
  await expect(asked).toContainText(name, { timeout: 30_000 });
  const offsets = watchOffsets(page);
  await asked.getByLabel('Choose again').setInputFiles(path);
  await expect(asked).toBeHidden();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets[0]).toBeGreaterThan(MB);
});

test('a lost network stops an upload for as long as it lasts', async ({ page, baseURL, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const offsets = watchOffsets(page);
  await using line = openLine(baseURL!);
  await page.goto(`${line.url}/knowledge/${knowledgeId}`);
  await throttle(page, 3 * MB);
  await choose(page, path);
  await arrives(request, knowledgeId, MB);
  const lost = page.waitForEvent('requestfailed', (failed) => failed.method() === 'PATCH');
  line.cut();
  await lost;
  line.restore();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets.at(-1)).toBeGreaterThan(0);
});

/** A second tab beside this page, both at a knowledge base, and slow. */
async function besideEachOther(page: Page, knowledgeId: string): Promise<Page> {
  const other = await page.context().newPage();
  for (const tab of [page, other]) {
    await tab.goto(`/knowledge/${knowledgeId}`);
    await throttle(tab, MB);
  }
  return other;
}

async function expectOneFile(request: APIRequestContext, id: string, hash: string): Promise<void> {
  await expectArrived(request, id, hash);
  const files = await (await request.get(`/api/v1/files/search?filename=recording.bin`)).json();
  expect(files.filter((file: { meta: { file_hash: string } }) => file.meta.file_hash === hash))
    .toHaveLength(1);
}

test('two tabs that get the same file at once leave one', async ({ page, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const other = await besideEachOther(page, knowledgeId);
  await Promise.all([choose(page, path), choose(other, path)]);
  await expectOneFile(request, knowledgeId, hash);
});

test('a tab that gets a file while another sends it says so', async ({ page, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const other = await besideEachOther(page, knowledgeId);
  await choose(page, path);
  await arrives(request, knowledgeId, 0);
  await choose(other, path);
  await expect(other.getByText('being sent from another tab or device')).toBeVisible();
  await expectOneFile(request, knowledgeId, hash);
});

test('a restart of the server in the middle of an upload is survived', async ({ browser }) => {
  test.setTimeout(180_000);
  const { path, hash } = await fileOnDisk();
  const program = await startProgram();
  const context = await browser.newContext({ baseURL: program.url });
  try {
    const { request } = context;
    const page = await context.newPage();
    const offsets = watchOffsets(page);
    const created = await request.post('/api/v1/knowledge/create', { data: { name: 'Restart' } });
    const { id } = await created.json();
    await page.goto(`/knowledge/${id}`);
    await throttle(page, 3 * MB);
    await choose(page, path);
    await arrives(request, id, MB);
    await program.stop();
    await program.restart();
    await expectArrived(request, id, hash);
    expect(offsets.at(-1)).toBeGreaterThan(0);
  } finally {
    await context.close();
    await program.remove();
  }
});
