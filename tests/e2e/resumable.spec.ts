/// <reference lib="dom" />
import { createHash, randomBytes } from 'node:crypto';
import type { APIRequestContext, Page } from '@playwright/test';
import { openLine } from './line.ts';
import { expect, test } from './fixtures.ts';

const MB = 1024 * 1024;
const SIZE = 12 * MB;
/** Bytes a second at which an upload lasts much longer than what is done to it on its way. */
const SLOW = MB / 2;
const UNLIMITED = -1;

/** A file on disk: chosen twice, it has the same name, size and time of its last change. */
async function fileOnDisk(): Promise<{ path: string; name: string; hash: string }> {
  const folder = await Deno.makeTempDir({ prefix: 'headway-e2e-file-' });
  const bytes = randomBytes(SIZE);
  const path = `${folder}/recording.bin`;
  await Deno.writeFile(path, bytes);
  return { path, name: 'recording.bin', hash: createHash('sha256').update(bytes).digest('hex') };
}

/** Lets the page send only `SLOW` bytes a second, until what it returns is called. */
async function throttle(page: Page): Promise<() => Promise<unknown>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const limit = (bytesPerSecond: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: UNLIMITED,
      uploadThroughput: bytesPerSecond,
    });
  await limit(SLOW);
  return () => limit(UNLIMITED);
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
  await expect.poll(async () => (await pendingOf(request, id))[0]?.received ?? 0).toBeGreaterThan(
    bytes,
  );
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
  const arrived = async () => {
    const sessions = await request.get(`/api/v1/sessions?knowledge_id=${id}`);
    const files = await Promise.all(
      (await sessions.json()).items.map(({ session_id }: { session_id: string }) =>
        filesOf(request, session_id)
      ),
    );
    return files.flat();
  };
  await expect.poll(arrived).toEqual([expect.any(String)]);
  const row = await (await request.get(`/api/v1/files/${(await arrived())[0]}`)).json();
  expect(row.meta).toMatchObject({ size: SIZE, file_hash: hash });
}

/** Ids of a session's files, null for one that has not arrived; none of one that is gone. */
async function filesOf(request: APIRequestContext, sessionId: string): Promise<(string | null)[]> {
  const answer = await request.get(`/api/v1/progress/${sessionId}/status?files=true`);
  const { files = [] } = await answer.json();
  return files.map(({ file_id }: { file_id: string | null }) => file_id);
}

const choose = (page: Page, path: string) => page.getByLabel('Choose files').setInputFiles(path);

/** Begins to send a file, slowly until what it returns is called, and waits for its first part. */
async function begin(page: Page, address: string, path: string): Promise<() => Promise<unknown>> {
  await page.goto(address);
  const hurry = await throttle(page);
  await choose(page, path);
  await arrives(page.request, address.split('/').at(-1) ?? '', MB);
  return hurry;
}

test('an upload is paused and goes on where it stopped', async ({ page, request, knowledgeId }) => {
  const { path, name, hash } = await fileOnDisk();
  const offsets = watchOffsets(page);
  const hurry = await begin(page, `/knowledge/${knowledgeId}`, path);
  await page.getByRole('button', { name: `Pause ${name}` }).click();
  await expect(page.getByRole('button', { name: `Resume ${name}` })).toBeVisible();
  await expect.poll(async () => (await pendingOf(request, knowledgeId))[0]?.paused).toBe(true);
  await hurry();
  await page.getByRole('button', { name: `Resume ${name}` }).click();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets[0]).toBe(0);
  expect(offsets.at(-1)).toBeGreaterThan(MB);
});

test('an upload that is paused and resumed on another device stops and goes on here', async ({ page, browser, baseURL, request, knowledgeId }) => {
  const { path, name, hash } = await fileOnDisk();
  const offsets = watchOffsets(page);
  const hurry = await begin(page, `/knowledge/${knowledgeId}`, path);
  const device = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  try {
    const other = await device.newPage();
    await other.goto(`/knowledge/${knowledgeId}`);
    await other.getByRole('button', { name: `Pause ${name}` }).click();
    await expect(page.getByRole('button', { name: `Resume ${name}` })).toBeVisible();
    await hurry();
    await other.getByRole('button', { name: `Resume ${name}` }).click();
    await expectArrived(request, knowledgeId, hash);
    expect(offsets.at(-1)).toBeGreaterThan(0);
  } finally {
    await device.close();
  }
});

test('after a reload the file is asked for again, and only its rest is sent', async ({ page, request, knowledgeId }) => {
  const { path, name, hash } = await fileOnDisk();
  const hurry = await begin(page, `/knowledge/${knowledgeId}`, path);
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  const asked = page.getByRole('region', { name: '1 file still to be sent' });
  await expect(asked).toContainText(name);
  const offsets = watchOffsets(page);
  await hurry();
  await asked.getByLabel('Choose again').setInputFiles(path);
  await expect(asked).toBeHidden();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets[0]).toBeGreaterThan(MB);
});

test('a lost network stops an upload for as long as it lasts', async ({ page, baseURL, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const offsets = watchOffsets(page);
  await using line = openLine(baseURL!);
  const hurry = await begin(page, `${line.url}/knowledge/${knowledgeId}`, path);
  const lost = page.waitForEvent('requestfailed', (failed) => failed.method() === 'PATCH');
  line.cut();
  await lost;
  await hurry();
  line.restore();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets.at(-1)).toBeGreaterThan(0);
});

/** A second tab beside this page, both at a knowledge base and slow until `hurry` is called. */
async function besideEachOther(
  page: Page,
  knowledgeId: string,
): Promise<{ other: Page; hurry: () => Promise<unknown> }> {
  const tabs = [page, await page.context().newPage()] as const;
  for (const tab of tabs) await tab.goto(`/knowledge/${knowledgeId}`);
  const limits = await Promise.all(tabs.map(throttle));
  return { other: tabs[1], hurry: () => Promise.all(limits.map((lift) => lift())) };
}

async function expectOneFile(request: APIRequestContext, id: string, hash: string): Promise<void> {
  await expectArrived(request, id, hash);
  const files = await (await request.get(`/api/v1/files/search?filename=recording.bin`)).json();
  expect(files.filter((file: { meta: { file_hash: string } }) => file.meta.file_hash === hash))
    .toHaveLength(1);
}

test('two tabs that get the same file at once leave one', async ({ page, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const { other, hurry } = await besideEachOther(page, knowledgeId);
  await Promise.all([choose(page, path), choose(other, path)]);
  await arrives(request, knowledgeId, 0);
  await hurry();
  await expectOneFile(request, knowledgeId, hash);
});

test('a tab that gets a file while another sends it says so', async ({ page, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const { other, hurry } = await besideEachOther(page, knowledgeId);
  await choose(page, path);
  await arrives(request, knowledgeId, 0);
  await choose(other, path);
  await expect(other.getByText('being sent from another tab or device')).toBeVisible();
  await hurry();
  await expectOneFile(request, knowledgeId, hash);
});

test('a restart of the server in the middle of an upload is survived', async ({ page, program, request, knowledgeId }) => {
  const { path, hash } = await fileOnDisk();
  const offsets = watchOffsets(page);
  const hurry = await begin(page, `/knowledge/${knowledgeId}`, path);
  await program.stop();
  await hurry();
  await program.restart();
  await expectArrived(request, knowledgeId, hash);
  expect(offsets.at(-1)).toBeGreaterThan(0);
});
