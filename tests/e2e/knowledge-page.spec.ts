/// <reference lib="dom" />
import { Buffer } from 'node:buffer';
import type { APIRequestContext, Page } from '@playwright/test';
import { add, expect, onlySession, startWork, test } from './fixtures.ts';

const text = (name: string, content = name) => ({
  name,
  mimeType: 'text/plain',
  buffer: new TextEncoder().encode(content),
});

/** A folder on this machine, as somebody has it. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: 'headway-folder-' });
  for (const [path, content] of Object.entries(files)) {
    const place = `${folder}/${path}`;
    await Deno.mkdir(place.slice(0, place.lastIndexOf('/')), { recursive: true });
    await Deno.writeTextFile(place, content);
  }
  return folder;
}

const row = (page: Page, name: string) =>
  page.locator('section.hw-card li').filter({ hasText: name }).first();

/** Sends files that nobody asks to process; many at a time. */
async function put(request: APIRequestContext, knowledgeId: string, names: string[]) {
  const left = [...names];
  const metadata = JSON.stringify({ knowledge_id: knowledgeId });
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const file = { ...text(name), buffer: Buffer.from(name) };
      await request.post('/api/v1/files/?process=false', { multipart: { metadata, file } });
    }
  }));
}

test('a folder comes in with its paths, without system files, and its doubles are told', async ({ page, knowledgeId }) => {
  const folder = await folderWith({
    'notes/first.txt': 'The first text of this folder.',
    'notes/deep/second.txt': 'A second one, deeper down.',
    'notes/copy of first.txt': 'The first text of this folder.',
    'notes/.DS_Store': 'x',
  });
  try {
    await page.goto(`/knowledge/${knowledgeId}`);
    await page.getByLabel('Choose a folder').setInputFiles(`${folder}/notes`);
    await expect(page.getByText('A hidden or system file was left out.')).toBeVisible();
    const panel = page.getByRole('region', { name: 'This file is there already' }).first();
    await expect(panel).toContainText(/the same content as/);
    await expect(page.getByRole('heading', { name: '2 files processed' })).toBeVisible();
    await expect(page.getByText('in notes/deep')).toBeVisible();

    await panel.getByRole('button', { name: 'Skip' }).click();
    await expect(panel).toBeHidden();
    await page.getByLabel('Choose a folder').setInputFiles(`${folder}/notes`);
    await expect(page.getByRole('heading', { name: '3 files are there already' })).toBeVisible();
    await page.getByRole('button', { name: 'Send anyway notes/deep/second.txt' }).click();
    await expect(page.getByRole('heading', { name: '2 files are there already' })).toBeVisible();
    await expect(page.getByRole('heading', { name: '1 file processed' })).toBeVisible();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test('a waiting session: priority, one file first, paused, resumed, cancelled; undo', async ({ page, request, knowledgeId }) => {
  expect((await request.post('/api/v1/queue/pause')).ok()).toBe(true);
  try {
    await page.goto(`/knowledge/${knowledgeId}`);
    await add(page, ['one.txt', 'two.txt', 'three.txt'].map((name) => text(name)));
    await expect(row(page, 'three.txt')).toContainText(/before it|next in line/);
    const { session_id } = await onlySession(request, knowledgeId);
    const inApi = async () =>
      (await (await request.get(`/api/v1/sessions/${session_id}/files`)).json()).items as {
        priority: string;
        queue_position: number;
      }[];

    const priority = page.getByRole('combobox', { name: /^Priority/ });
    await priority.selectOption('low');
    await expect.poll(async () => (await inApi()).map((file) => file.priority))
      .toEqual(['low', 'low', 'low']);
    await page.getByRole('button', { name: 'Put first three.txt' }).click();
    await expect.poll(async () => (await inApi())[2]?.queue_position).toBe(0);
    await expect(row(page, 'three.txt')).toContainText('next in line');
    await expect(page.getByRole('button', { name: 'Put first three.txt' })).toBeHidden();

    await page.getByRole('button', { name: 'Pause two.txt' }).click();
    await expect(row(page, 'two.txt')).toContainText('Paused');
    await page.getByRole('button', { name: 'Resume two.txt' }).click();
    await expect(row(page, 'two.txt')).toContainText('Waiting');
    await page.getByRole('button', { name: 'Cancel one.txt' }).click();
    await expect(row(page, 'one.txt')).toContainText('Cancelled');

    await page.getByRole('button', { name: /^Cancel \d files? / }).or(
      page.locator('section.hw-card header').getByRole('button', { name: /^Cancel/ }),
    ).first().click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(row(page, 'two.txt')).toContainText('Waiting');
  } finally {
    await request.post('/api/v1/queue/resume');
  }
  await expect(page.getByRole('heading', { name: '3 files processed' })).toBeVisible();
});

test('thousands of files: found, filtered and scrolled through, a few rows at a time', async ({ page, request, knowledgeId }) => {
  await put(request, knowledgeId, Array.from({ length: 400 }, (_, n) => `paper ${n}.txt`));
  const uploads = Array.from({ length: 3_000 }, (_, n) => ({ name: `scan ${n}.pdf`, size: n + 1 }));
  await request.post(`/api/v1/knowledge/${knowledgeId}/sessions`, { data: { uploads } });
  let heavy = 0;
  page.on('response', async (answer) => {
    if (answer.url().includes('files=true')) heavy += (await answer.body()).length;
  });

  await page.goto(`/knowledge/${knowledgeId}?order=name`);
  await expect(page.getByRole('link', { name: 'paper 0.txt' })).toBeVisible();
  const rendered = page.locator('li[data-index]');
  expect(await rendered.count()).toBeLessThan(60);
  await expect(rendered.first()).toHaveAttribute('aria-setsize', '400');
  const last = page.getByRole('link', { name: 'paper 99.txt' });
  await expect(async () => {
    await page.mouse.wheel(0, 20_000);
    await expect(last).toBeInViewport({ timeout: 500 });
  }).toPass();
  expect(await rendered.count()).toBeLessThan(60);

  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole('button', { name: 'Show all 3000 files' }).click();
  const scans = page.getByRole('region', { name: /^Files of/ });
  await expect(scans.getByText('scan 0.pdf')).toBeVisible();
  expect(await scans.getByRole('listitem').count()).toBeLessThan(60);
  await page.getByRole('searchbox', { name: 'Find a file by name' }).fill('scan 2999');
  await expect(scans.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('searchbox', { name: 'Find a file by name' }).fill('');
  await page.locator('section.hw-card').getByRole('combobox', { name: 'Sort by' })
    .selectOption('size');
  await expect(scans.getByText('scan 2999.pdf')).toBeVisible();
  expect(heavy).toBe(0);

  await page.getByRole('searchbox', { name: 'Search in all files' }).fill('paper 12');
  await expect(page).toHaveURL(/q=paper\+12/);
  await expect(page.getByRole('button', { name: 'All 11' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('searchbox', { name: 'Search in all files' }))
    .toHaveValue('paper 12');
  await page.getByRole('combobox', { name: 'Kind' }).selectOption('audio');
  await expect(page.getByText('No file matches this filter.')).toBeVisible();
  // The answer of the search moves what is below it.
  await expect(page.getByText('Nothing found for “paper 12”')).toBeVisible();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(page).toHaveURL(/\?order=name$/);
  await expect(page.getByRole('link', { name: 'paper 0.txt' })).toBeVisible();
});

test('two matches on one page of a document are two hits, before and after a reload', async ({ page, request, knowledgeId }) => {
  const filler = 'Nothing to be found in this sentence. '.repeat(60);
  const content = `A first quokka. ${filler} A second quokka. ${filler}`;
  await startWork(request, knowledgeId, [text('animals.txt', content)]);
  await page.goto(`/knowledge/${knowledgeId}?q=quokka`);
  const hits = page.getByRole('link', { name: /quokka/ });
  await expect(async () => {
    await page.reload();
    await expect(hits).toHaveCount(2, { timeout: 2_000 });
  }).toPass();
  await expect(page.getByRole('heading', { name: 'Files' })).toBeVisible();
});

test('rows of a session with more than fifty files are of this moment, to its end', async ({ page, request, knowledgeId }) => {
  expect((await request.post('/api/v1/queue/pause')).ok()).toBe(true);
  const names = Array.from({ length: 60 }, (_, n) => `note ${n}.txt`);
  try {
    await page.goto(`/knowledge/${knowledgeId}`);
    await add(page, names.map((name) => text(name)));
    const { session_id } = await onlySession(request, knowledgeId);
    const states = async () => {
      const { items } = await (await request.get(`/api/v1/sessions/${session_id}/files`)).json();
      return new Set(items.map(({ status }: { status: string }) => status));
    };
    await expect.poll(states).toEqual(new Set(['queued']));
    const rows = page.locator('section.hw-card li');
    await expect(rows).toHaveCount(6);
    await expect(rows.filter({ hasText: 'Uploading' })).toHaveCount(0);
    await page.getByRole('button', { name: 'Show all 60 files' }).click();
    await expect(rows.filter({ hasText: 'Waiting' }).first()).toBeVisible();
    await expect(rows.filter({ hasText: 'Uploading' })).toHaveCount(0);
  } finally {
    await request.post('/api/v1/queue/resume');
  }
  await expect(page.getByRole('heading', { name: '60 files processed' })).toBeVisible();
  const rows = page.locator('section.hw-card li');
  await expect(rows.filter({ hasText: 'Done' }).first()).toBeVisible();
  await expect(rows.filter({ hasText: /Uploading|Waiting/ })).toHaveCount(0);
});

test('on a phone nothing is wider than the screen', async ({ page, request, knowledgeId }) => {
  await page.setViewportSize({ width: 360, height: 720 });
  await put(request, knowledgeId, ['there.txt', `${'a very long name '.repeat(8)}.txt`]);
  const uploads = Array.from({ length: 80 }, (_, n) => ({ name: `scan ${n}.pdf`, size: n + 1 }));
  await request.post(`/api/v1/knowledge/${knowledgeId}/sessions`, { data: { uploads } });
  await page.goto(`/knowledge/${knowledgeId}`);
  await page.getByRole('button', { name: 'Show all 80 files' }).click();
  await expect(page.getByText('scan 0.pdf', { exact: true })).toBeVisible();
  await add(page, [text('again.txt', 'there.txt')]);
  await expect(page.getByRole('heading', { name: 'This file is there already' })).toBeVisible();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
});

test('a file that was not read well says so on its row, in its card and on its page', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [
    text('whole.txt', 'Nothing is wrong with this text.'),
    text('damaged.txt', 'A word with a \uFFFD, and one more \uFFFD.'),
  ]);
  await expect(page.getByText('1 with notices')).toBeVisible();
  const notice = page.getByText('2 characters could not be decoded');
  const list = page.getByRole('region', { name: 'Files', exact: true });
  await expect(
    list.getByRole('listitem').filter({ hasText: 'damaged.txt' }).filter({ has: notice }),
  )
    .toBeVisible();
  await list.getByRole('link', { name: 'damaged.txt' }).click();
  await expect(page.getByRole('heading', { name: 'damaged.txt' })).toBeVisible();
  await expect(notice).toBeVisible();
});
