/// <reference lib="dom" />
import type { Page } from '@playwright/test';
import { startProgram } from './program.ts';
import { add, docx, expect, pdf, recordings, test } from './fixtures.ts';

test('from an empty folder: files are dropped in, read, searched and played', async ({ browser }) => {
  const program = await startProgram();
  const context = await browser.newContext({ baseURL: program.url });
  try {
    await mainJob(await context.newPage());
  } finally {
    await context.close();
    await program.remove();
  }
});

async function mainJob(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Name').fill('Sense and Sensibility');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name: 'Sense and Sensibility' })).toBeVisible();

  const seen: number[] = [];
  await page.exposeFunction('progressSeen', (value: number) => seen.push(value));
  await page.evaluate(() => {
    new MutationObserver(() => {
      const bar = document.querySelector('section[aria-label] > [role=progressbar]');
      const value = bar?.getAttribute('aria-valuenow');
      if (value) (globalThis as never as { progressSeen(n: number): void }).progressSeen(+value);
    }).observe(document.body, { subtree: true, attributes: true, childList: true });
  });
  await add(page, [...await recordings(), await pdf(), await docx()]);

  await expect(page.getByRole('heading', { name: '7 files processed' })).toBeVisible();
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.at(-1)).toBe(100);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  for (const name of ['austen-0870.wav', 'places.pdf', 'letter.docx']) {
    await expect(page.getByRole('link', { name }).first()).toBeVisible();
  }

  const search = page.getByRole('searchbox', { name: 'Search in all files' });
  await search.fill('amiable');
  await expect(page.getByText('2 hits')).toBeVisible();
  await page.getByRole('link', { name: /more amiable woman/ }).click();
  await expect(page.getByRole('heading', { name: 'austen-0920.wav' })).toBeVisible();
  const player = page.locator('audio');
  await expect.poll(() => player.evaluate((a: HTMLAudioElement) => a.duration)).toBeGreaterThan(5);
  await page.getByRole('button', { name: /^Play from/ }).first().click();
  await expect.poll(() => player.evaluate((a: HTMLAudioElement) => a.currentTime))
    .toBeGreaterThan(0.2);

  await page.goBack();
  await search.fill('Barton');
  await page.getByRole('link', { name: /Barton Cottage/ }).click();
  await expect(page.getByRole('article', { name: 'Page 2' })).toContainText('Barton Cottage');
}

test('a broken file says why, and the rest of its session goes on', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  const broken = { ...await pdf(), name: 'broken.pdf' };
  broken.buffer = broken.buffer.subarray(0, 40);
  await add(page, [broken, await docx()]);
  await expect(page.getByRole('heading', { name: '1 file processed, 1 failed' })).toBeVisible();
  await expect(page.getByText(/This PDF .*(damaged|incomplete)/).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'letter.docx' }).first()).toBeVisible();
  await page.reload();
  await expect(page.getByText('broken.pdf').first()).toBeVisible();
  await expect(page.getByText(/This PDF .*(damaged|incomplete)/).first()).toBeVisible();
});
