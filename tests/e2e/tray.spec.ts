/// <reference lib="dom" />
import type { BrowserContext, Page } from '@playwright/test';
import {
  expect,
  expectNothingSerious,
  longRecording,
  pdf,
  startWork,
  test as base,
} from './fixtures.ts';

/** What a page has said and shown, in its order. */
interface Seen {
  titles: string[];
  said: string[];
  toasts: string[];
  notified: { title: string; tag: string }[];
}

interface Watched {
  seen: Seen;
  /** Makes the page believe that nobody looks at it, or that somebody does. */
  look(at: 'hidden' | 'visible'): void;
  clickNotification(): void;
}

const test = base.extend<Record<never, never>>({
  context: async ({ context }, use) => {
    await context.addInitScript(watch);
    await use(context);
  },
});

function watch(): void {
  const seen: Seen = { titles: [], said: [], toasts: [], notified: [] };
  const add = (list: string[], text: string | null | undefined) => {
    if (text && list.at(-1) !== text) list.push(text);
  };
  let last: { onclick: (() => void) | null } | undefined;
  class FakeNotification {
    static permission = 'granted';
    static requestPermission = () => Promise.resolve('granted');
    onclick: (() => void) | null = null;
    constructor(title: string, { tag }: { tag: string }) {
      seen.notified.push({ title, tag });
      last = this;
    }
    close(): void {}
  }
  Object.defineProperty(globalThis, 'Notification', { value: FakeNotification });
  let toast: Element | null = null;
  new MutationObserver(() => {
    add(seen.titles, document.title);
    add(seen.said, document.querySelector('[data-announcer]')?.textContent);
    const shown = document.querySelector('[data-toast]');
    if (shown && shown !== toast) seen.toasts.push(shown.querySelector('p')?.textContent ?? '');
    toast = shown;
  }).observe(document, { subtree: true, childList: true, characterData: true });
  const look = (at: string) => {
    Object.defineProperty(document, 'visibilityState', { get: () => at, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  Object.assign(globalThis, {
    watched: { seen, look, clickNotification: () => last?.onclick?.() },
  });
}

const seenBy = (page: Page): Promise<Seen> =>
  page.evaluate(() => (globalThis as never as { watched: Watched }).watched.seen);

const look = (page: Page, at: 'hidden' | 'visible') =>
  page.evaluate((state) => (globalThis as never as { watched: Watched }).watched.look(state), at);

const tray = (page: Page) => page.getByRole('region', { name: 'Progress', exact: true });

/** The tray's row of this test's own knowledge base: other tests may have left some of theirs. */
const row = (page: Page) =>
  tray(page).getByRole('listitem').filter({ hasText: test.info().title.slice(0, 80) });

async function atHome(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Knowledge bases' })).toBeVisible();
  return page;
}

test('the tray is on every page, stays minimised, and has no serious obstacles', async ({ page, request, knowledgeId }) => {
  await startWork(request, knowledgeId, [await longRecording(4)]);
  await page.goto('/');
  const open = tray(page);
  await expect(open.getByRole('heading', { name: /In progress/ })).toBeVisible();
  await expect(row(page).getByRole('progressbar')).toHaveAttribute('aria-valuetext', /%, /);
  await expectNothingSerious(page);
  await row(page).getByRole('link').focus();
  await page.keyboard.press('Escape');
  await expect(open.getByRole('heading')).toHaveCount(0);
  const badge = open.getByRole('button', { name: /Show progress: .*\d+ in progress/ });
  await expect(badge).toBeFocused();
  await expectNothingSerious(page);
  for (const path of ['/', `/knowledge/${knowledgeId}`, '/no-such-page']) {
    await page.goto(path);
    await expect(badge).toHaveAttribute('aria-expanded', 'false');
  }
  await page.keyboard.press('Tab');
  await badge.press('Enter');
  await row(page).getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(knowledgeId));
  await badge.click();
  await row(page).getByRole('button', { name: /^Cancel / }).click();
  await expect(open.getByRole('heading', { name: /Done/ })).toBeVisible();
  await open.getByRole('button', { name: 'Clear all' }).click();
  await expect(row(page)).toHaveCount(0);
});

test('percent in the title, then one toast; told once to a screen reader; the focus stays', async ({ context, request, knowledgeId }) => {
  const page = await atHome(context);
  const link = page.getByRole('link', { name: 'Preferences' });
  await link.focus();
  const broken = { ...await pdf(), name: 'broken.pdf' };
  broken.buffer = broken.buffer.subarray(0, 40);
  await startWork(
    request,
    knowledgeId,
    [broken, await longRecording(0.5)],
    () => expect(row(page)).toBeVisible(),
  );
  await expect(page.getByText('1 file ready, 1 failed', { exact: true })).toBeVisible();
  await expect(link).toBeFocused();
  await expect(page).toHaveTitle('Knowledge bases · Headway');
  const { titles, said, toasts, notified } = await seenBy(page);
  const percents = titles.flatMap((title) => /^(\d+)% · Knowledge bases/.exec(title)?.[1] ?? []);
  expect(percents.length).toBeGreaterThan(0);
  expect(percents.map(Number)).toEqual(percents.map(Number).sort((a, b) => a - b));
  expect(said[0]).toMatch(/: work on 2 files has started$/);
  expect(said.at(-1)).toMatch(/: 1 file ready, 1 failed$/);
  expect(new Set(said).size).toBe(said.length);
  expect(toasts).toEqual(['1 file ready, 1 failed']);
  expect(notified).toEqual([]);

  await page.reload();
  await expect(tray(page).getByRole('heading', { name: /Needs attention/ })).toBeVisible();
  expect((await seenBy(page)).toasts).toEqual([]);
  await row(page).getByRole('button', { name: /^Dismiss/ }).click();
  await expect(row(page)).toHaveCount(0);
});

test('two hidden tabs give one notification, and a click on it leads there', async ({ context, request, knowledgeId }) => {
  await context.grantPermissions(['notifications']);
  await request.patch('/api/v1/preferences', { data: { notifications: false } });
  const tabs = [await atHome(context), await atHome(context)];
  // It must not end before both tabs are hidden.
  expect((await request.post('/api/v1/queue/pause')).ok()).toBe(true);
  await startWork(request, knowledgeId, [await longRecording(0.2)]);
  await tabs[0]!.getByRole('button', { name: 'Tell me when it is done' }).click();
  await expect(tabs[0]!.getByText('You will be told when it is done')).toBeVisible();
  await expect(tray(tabs[1]!)).toBeVisible();
  for (const tab of tabs) await look(tab, 'hidden');
  expect((await request.post('/api/v1/queue/resume')).ok()).toBe(true);
  const notified = async () => (await Promise.all(tabs.map(seenBy))).flatMap((s) => s.notified);
  await expect.poll(notified).toHaveLength(1);
  expect(await notified()).toEqual([{ title: '1 file ready', tag: expect.any(String) }]);
  for (const tab of tabs) {
    await look(tab, 'visible');
    expect((await seenBy(tab)).toasts).toEqual([]);
    await tab.evaluate(() =>
      (globalThis as never as { watched: Watched }).watched.clickNotification()
    );
  }
  const there = () => tabs.map((tab) => tab.url()).filter((url) => url.includes(knowledgeId));
  await expect.poll(there).toHaveLength(1);
});

test.describe('in German', () => {
  test.use({ locale: 'de-AT' });

  test('pages speak the language of the browser, or the one that was chosen', async ({ page, request, knowledgeId }) => {
    await startWork(request, knowledgeId, [await longRecording(2)]);
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.getByRole('heading', { name: 'Wissensdatenbanken' })).toBeVisible();
    const german = page.getByRole('region', { name: 'Fortschritt', exact: true });
    await expect(german.getByRole('heading', { name: /In Arbeit/ })).toBeVisible();
    await expect(page).toHaveTitle(/^\d+\s% · Wissensdatenbanken/);
    await page.goto(`/knowledge/${knowledgeId}`);
    await expect(page.getByRole('button', { name: 'Dateien auswählen' })).toBeVisible();
    await page.getByRole('combobox', { name: 'Sprache' }).selectOption('en');
    await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  });
});
