/// <reference lib="dom" />
import type { Download, Locator, Page } from '@playwright/test';
import { makePdf } from '../support/documents.ts';
import { segmentsOf } from '../support/parts.ts';
import { readSrt, readVtt } from '../backend/knowledge/export/parse-subtitles.ts';
import { add, expect, longRecording, recordings, test } from './fixtures.ts';

/** Sends a file and opens its page as soon as the server knows it. */
async function openFile(page: Page, knowledgeId: string, name: string): Promise<string> {
  const list = `/api/v1/knowledge/${knowledgeId}/files`;
  let id = '';
  await expect.poll(async () => {
    const { items } = await (await page.request.get(list)).json();
    id = items.find((file: { filename: string }) => file.filename === name)?.id ?? '';
    return id;
  }).not.toBe('');
  return `/knowledge/${knowledgeId}/files/${id}`;
}

const inside = (page: Page) => page.getByRole('searchbox', { name: 'Search inside' });
const lines = (page: Page) => page.getByRole('list', { name: 'Transcript' }).getByRole('listitem');
const position = (player: Locator) =>
  player.evaluate((media: HTMLMediaElement) => media.currentTime);
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
const isSeen = (element: Locator) => expect(element).toBeInViewport();

/** The lines that become the current one from now on, in their order; runs in the page. */
function noteCurrentLines(): string[] {
  const seen: string[] = [];
  new MutationObserver(() => {
    const line = document.querySelector<HTMLElement>('li[aria-current=true]')?.dataset.position;
    if (line !== undefined && line !== seen.at(-1)) seen.push(line);
  }).observe(document.body, { subtree: true, attributeFilter: ['aria-current'] });
  return seen;
}

async function choose(page: Page, menu: string, item: string): Promise<void> {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByText(item, { exact: true }).click();
}

async function download(page: Page, item: string): Promise<{ name: string; text: string }> {
  const [given] = await Promise.all([
    page.waitForEvent('download') as Promise<Download>,
    choose(page, 'Download', item),
  ]);
  return { name: given.suggestedFilename(), text: await Deno.readTextFile(await given.path()) };
}

test('a transcript is played, followed, searched, copied and taken along', async ({ page, context, knowledgeId }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [{ ...await longRecording(0.6), name: 'Vorlesung Übung.wav' }]);
  const address = await openFile(page, knowledgeId, 'Vorlesung Übung.wav');
  await page.goto(address);
  const player = page.locator('audio');
  const buttons = page.getByRole('button', { name: /^Play from/ });
  await expect(buttons.nth(2)).toBeVisible();

  // A click on a line jumps there, and the current line goes along with the player.
  const second = Number(
    await lines(page).nth(1).getByRole('button').first().textContent()
      .then((clock) => clock?.split(':')[1]),
  );
  const current = await page.evaluateHandle(noteCurrentLines);
  await lines(page).nth(1).getByRole('paragraph').click();
  await expect.poll(() => position(player)).toBeGreaterThan(second + 0.2);
  await page.getByLabel('Speed').selectOption({ label: '2×' });
  expect(await player.evaluate((audio: HTMLAudioElement) => audio.playbackRate)).toBe(2);
  await expect.poll(async () => (await current.jsonValue()).slice(0, 2)).toEqual(['1', '2']);
  await expect(page.locator('li[aria-current=true]')).toHaveCount(1);

  // Keys: pause, back, and from line to line.
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('Space');
  await expect.poll(() => player.evaluate((audio: HTMLAudioElement) => audio.paused)).toBe(true);
  const paused = await position(player);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => position(player)).toBeCloseTo(paused - 5, 1);
  await buttons.nth(0).focus();
  await page.keyboard.press('ArrowDown');
  await expect(buttons.nth(1)).toBeFocused();

  // Search inside: next and back, around the end.
  await inside(page).fill('amiable');
  const count = page.getByText(/^\d+ of \d+$/);
  const [, total = ''] = /of (\d+)/.exec(await count.textContent() ?? '') ?? [];
  await expect(page.locator('mark')).toHaveCount(Number(total));
  const before = await count.textContent();
  await inside(page).press('Enter');
  await expect(count).not.toHaveText(before ?? '');
  await inside(page).press('Shift+Enter');
  await expect(count).toHaveText(before ?? '');
  await expect(page.locator('mark.current')).toHaveCount(1);
  await isSeen(page.locator('mark.current'));
  await inside(page).press('Escape');

  // Copies.
  const texts = await lines(page).getByRole('paragraph').allTextContents();
  await choose(page, 'Copy', 'Copy everything');
  await expect(page.getByText('Copied', { exact: true })).toBeVisible();
  expect(await clipboard(page)).toBe(texts.map((text) => text.trim()).join('\n'));
  await lines(page).nth(1).hover();
  await lines(page).nth(1).getByRole('button', { name: 'Copy link to this moment' }).click();
  await expect.poll(() => clipboard(page)).toMatch(/\/files\/[^/]+\?t=\d+/);
  const link = await clipboard(page);

  // Every form it can be taken along in.
  const text = await download(page, 'Text');
  expect(text).toEqual({
    name: 'Vorlesung Übung.txt',
    text: texts.map((one) => one.trim()).join('\n'),
  });
  expect((await download(page, 'Text with times')).text).toMatch(/^\[0:0\d\] /);
  const srt = await download(page, 'Subtitles (SRT)');
  const vtt = await download(page, 'Subtitles (WebVTT)');
  expect([srt.name, vtt.name]).toEqual(['Vorlesung Übung.srt', 'Vorlesung Übung.vtt']);
  expect(readSrt(srt.text)).toEqual(readVtt(vtt.text));
  const json = JSON.parse((await download(page, 'Data (JSON)')).text);
  expect(json.parts.map((part: { text: string }) => part.text)).toEqual(texts.map((t) => t.trim()));
  // The browser's own reader of captions takes all of them.
  const cues = await page.evaluate(async (src) => {
    const video = document.createElement('video');
    const track = document.createElement('track');
    Object.assign(track, { kind: 'captions', src, default: true });
    video.append(track);
    const loaded = new Promise((resolve, reject) => {
      track.onload = resolve;
      track.onerror = reject;
    });
    track.track.mode = 'hidden';
    await loaded;
    return [...track.track.cues ?? []].map((cue) => (cue as VTTCue).text);
  }, `${address.replace(/^\/knowledge\/[^/]+/, '/api/v1')}/export?format=vtt&download=false`);
  expect(cues).toEqual(readVtt(vtt.text).map((cue) => cue.text));

  // The copied link, and the speed, hold after a reload.
  await page.goto(link);
  await expect.poll(() => position(player)).toBeCloseTo(
    Number(new URL(link).searchParams.get('t')),
    0,
  );
  await expect(lines(page).nth(1)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByLabel('Speed')).toHaveValue('2');
});

test('lines come while a recording is still transcribed', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [{ ...await longRecording(1.5), name: 'live.wav' }]);
  let fileId = '';
  await expect.poll(async () => {
    const { items } = await (await page.request.get(`/api/v1/sessions?knowledge_id=${knowledgeId}`))
      .json();
    const status = await page.request.get(
      `/api/v1/progress/${items[0]?.session_id}/status?files=true`,
    );
    return fileId = (await status.json()).files?.[0]?.file_id ?? '';
  }).not.toBe('');
  await page.goto(`/knowledge/${knowledgeId}/files/${fileId}`);
  await expect(page.getByRole('progressbar', { name: 'live.wav' })).toBeVisible();
  await expect(lines(page).first()).toBeVisible();
  await expect(page.getByRole('progressbar', { name: 'live.wav' })).toBeVisible();
  const atFirst = await lines(page).count();
  await expect.poll(() => lines(page).count()).toBeGreaterThan(atFirst);
  await expect(page.getByText('This file is being worked on')).toBeHidden();
});

test('three hours of transcript change by a line at a time, and follow until one scrolls away', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [(await recordings())[0]!]);
  const address = await openFile(page, knowledgeId, 'austen-0870.wav');
  // The lines of three hours, spoken in the few seconds that this recording lasts.
  const parts = segmentsOf(
    Array.from({ length: 1_200 }, (_, at) => `Line ${at}. ${'More words of it. '.repeat(9)}`),
    0.3,
  );
  await page.route('**/parts?*', (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [offset, limit] = [Number(query.get('offset')), Number(query.get('limit'))];
    const page = parts.slice(offset, offset + limit);
    const about = { kind: 'transcript', duration: 10_800, table: false, complete: true };
    return route.fulfill({ json: { ...about, parts: page, total: parts.length } });
  });
  await page.goto(address);
  await expect(lines(page)).toHaveCount(1_200);
  // From line to line, however many there are, no more changes than the two lines concerned.
  const changes = await page.evaluateHandle(() => {
    const seen = { count: 0 };
    const list = document.querySelector('ol[aria-label]');
    new MutationObserver((records) => seen.count += records.length)
      .observe(list!, { subtree: true, childList: true, attributes: true, characterData: true });
    return seen;
  });
  await page.getByRole('button', { name: 'Play from 0:00' }).first().click();
  const current = page.locator('li[aria-current=true]');
  await expect.poll(async () => Number(await current.getAttribute('data-position')))
    .toBeGreaterThan(12);
  const line = Number(await current.getAttribute('data-position'));
  expect((await changes.jsonValue()).count).toBeLessThan(12 * (line + 2));
  await isSeen(current);

  await page.mouse.move(600, 600);
  const back = page.getByRole('button', { name: 'Back to current line' });
  // Scrolled away as a person does: until it is away.
  await expect(async () => {
    await page.mouse.wheel(0, 20_000);
    await expect(back).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await inside(page).fill('Line 1100.');
  await isSeen(page.locator('mark.current'));
  await back.click();
  await isSeen(current);
  await expect(back).toBeHidden();
});

test('a long document is read, searched and linked page by page', async ({ page, context, knowledgeId }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const texts = Array.from(
    { length: 600 },
    (_, at) =>
      `This is page ${at + 1}. ${at % 200 === 150 ? 'Barton <b>Cottage</b>.' : 'Norland.'}`,
  );
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [{
    name: 'long.pdf',
    mimeType: 'application/pdf',
    buffer: await makePdf(texts),
  }]);
  const address = await openFile(page, knowledgeId, 'long.pdf');
  const asked: string[] = [];
  page.on('request', (request) => request.url().includes('/parts?') && asked.push(request.url()));
  await page.goto(address);
  await expect(page.getByRole('article').first()).toContainText('This is page 1.');
  const number = page.getByRole('spinbutton', { name: 'Go to' });

  await number.fill('432');
  await number.press('Enter');
  const target = page.getByRole('article').filter({ hasText: 'This is page 432.' });
  await isSeen(target);
  await page.getByRole('heading', { level: 1 }).first().evaluate(() =>
    (document.activeElement as HTMLElement).blur()
  );
  await page.keyboard.press('ArrowRight');
  await expect(number).toHaveValue('433');
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await expect(number).toHaveValue('432');
  expect(asked.length).toBeLessThan(8);

  await inside(page).fill('barton <b>');
  await expect(page.getByText('3 of 3')).toBeVisible();
  await isSeen(page.locator('mark.current'));
  await inside(page).press('Enter');
  await expect(page.getByText('1 of 3')).toBeVisible();
  await expect(page.getByRole('article').filter({ has: page.locator('mark.current') }))
    .toContainText('This is page 151.');
  await isSeen(page.locator('mark.current'));

  await page.getByRole('button', { name: 'Copy link to Page 151' }).click();
  await expect.poll(() => clipboard(page)).toContain('?part=151');
  const link = await clipboard(page);
  await page.getByRole('button', { name: 'Copy Page 151' }).click();
  await expect.poll(() => clipboard(page)).toContain('This is page 151. Barton <b>Cottage</b>.');
  await choose(page, 'Copy', 'Copy everything');
  await expect.poll(() => clipboard(page)).toMatch(/^This is page 1\.[\s\S]+This is page 600\./);
  expect((await download(page, 'Text with page marks')).text).toContain('--- Page 600 ---');

  await page.setViewportSize({ width: 375, height: 700 });
  await page.goto(link);
  await isSeen(page.getByRole('article').filter({ hasText: 'This is page 151.' }));
  await expect(number).toHaveValue('151');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
});

test('a table is a table; a file that is gone, or failed, says so', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  const csv = new TextEncoder().encode('Name,Town,Sum\nAnne,<i>Exeter</i>,12.5\nJane,,7\n');
  await add(page, [{ name: 'sums.csv', mimeType: 'text/csv', buffer: csv }]);
  const address = await openFile(page, knowledgeId, 'sums.csv');
  await page.goto(address);
  await expect(page.getByRole('columnheader')).toHaveText(['Name', 'Town', 'Sum']);
  await expect(page.getByRole('row').nth(1).getByRole('cell')).toHaveText([
    'Anne',
    '<i>Exeter</i>',
    '12.5',
  ]);
  await inside(page).fill('exeter');
  await expect(page.locator('mark')).toHaveText('Exeter');

  const id = address.split('/').at(-1);
  await page.request.delete(`/api/v1/files/${id}`);
  await page.reload();
  await expect(page.getByText('This file is not here any more')).toBeVisible();
  await page.getByRole('link', { name: 'Back to the knowledge base' }).click();
  await add(page, [{
    name: 'broken.pdf',
    mimeType: 'application/pdf',
    buffer: (await makePdf(['x'])).subarray(0, 40),
  }]);
  await expect(page.getByText(/This PDF .*(damaged|incomplete)/).first()).toBeVisible();
  const pending = await page.request.get(`/api/v1/knowledge/${knowledgeId}/files/pending`);
  await page.goto(`/knowledge/${knowledgeId}/files/${(await pending.json())[0].id}`);
  await expect(page.getByText('This file could not be processed')).toBeVisible();
  await expect(page.getByRole('main').getByText(/This PDF .*(damaged|incomplete)/)).toBeVisible();
  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  await expect(page.getByText('This file could not be processed')).toBeVisible();
});
