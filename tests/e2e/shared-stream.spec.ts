/**
 * Many tabs, one stream of requests: in a real browser, against the real program.
 *
 * @module
 */
/// <reference lib="dom" />
import type { APIRequestContext, BrowserContext, Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const PROGRESS = '/api/v1/progress/';

/** Starts sessions that go on for as long as a test needs: their files never arrive. */
async function startSessions(
  request: APIRequestContext,
  knowledgeId: string,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const answer = await request.post(`/api/v1/knowledge/${knowledgeId}/sessions`, {
      data: { uploads: [{ name: `notes-${n}.txt`, size: 1_000 }] },
    });
    ids.push((await answer.json()).session_id);
  }
  return ids;
}

async function createBase(request: APIRequestContext, name: string): Promise<string> {
  return (await (await request.post('/api/v1/knowledge/create', { data: { name } })).json()).id;
}

interface Tab {
  readonly page: Page;
  readonly knowledgeId: string;
  readonly sessions: string[];
  /** Addresses this tab has asked for statuses. */
  readonly asked: string[];
}

/** A tab on a knowledge base of its own, whose sessions it shows. */
async function openTab(context: BrowserContext, count: number): Promise<Tab> {
  const knowledgeId = await createBase(context.request, 'Tab');
  const sessions = await startSessions(context.request, knowledgeId, count);
  const page = await context.newPage();
  return await show(page, knowledgeId, sessions);
}

/** Of the knowledge base; the tray beside it shows those of all others. */
function bars(page: Page): Locator {
  return page.getByRole('main').getByRole('progressbar');
}

async function show(page: Page, knowledgeId: string, sessions: string[]): Promise<Tab> {
  const asked: string[] = [];
  page.on('request', (sent) => {
    const url = sent.url();
    if (sent.method() === 'GET' && url.includes(PROGRESS)) asked.push(url);
  });
  await page.goto(`/knowledge/${knowledgeId}`);
  await expect(bars(page).first()).toBeVisible();
  return { page, knowledgeId, sessions, asked };
}

/** Which tab asks, once there is only one that does. */
async function asker(tabs: readonly Tab[]): Promise<Tab> {
  let found: Tab[] = [];
  await expect.poll(async () => {
    const before = tabs.map(({ asked }) => asked.length);
    await tabs[0]?.page.waitForTimeout(1_500);
    found = tabs.filter(({ asked }, n) => asked.length > (before[n] ?? 0));
    return found.length;
  }).toBe(1);
  return found[0] as Tab;
}

async function asksAgain(tab: Tab): Promise<void> {
  const before = tab.asked.length;
  await expect.poll(() => tab.asked.length).toBeGreaterThan(before);
}

/** Clears the sessions of a tab through the API, and waits until the tab shows it. */
async function seesTheEnd(tab: Tab, request: APIRequestContext): Promise<void> {
  for (const id of tab.sessions) await request.delete(`${PROGRESS}${id}`);
  await expect(bars(tab.page)).toHaveCount(0);
}

/** Headless pages are always visible: what the page is told is put in its place. */
async function turn(page: Page, visibility: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visibility);
}

/** Blocks the page's thread, at no cost of the processor, until what it returns is called. */
async function hang(page: Page): Promise<() => Promise<void>> {
  const path = '/hangs';
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await page.route(`**${path}`, async (route) => {
    asked.resolve();
    await answer.promise;
    await route.fulfill({ body: '' });
  });
  const hanging = page.evaluate((url) => {
    const request = new XMLHttpRequest();
    request.open('GET', url, false);
    request.send();
  }, path);
  await asked.promise;
  return async () => {
    answer.resolve();
    await hanging;
  };
}

test('5 tabs with 4 sessions each ask no more than once a second in all', async ({ context }) => {
  const tabs: Tab[] = [];
  for (let n = 0; n < 5; n += 1) tabs.push(await openTab(context, 4));
  const leader = await asker(tabs);
  const asked = () => tabs.reduce((sum, tab) => sum + tab.asked.length, 0);
  const before = asked();
  await leader.page.waitForTimeout(5_000);
  // Fewer when the server, short of time among all the other tests, asks for longer intervals.
  expect(asked() - before).toBeGreaterThanOrEqual(1);
  expect(asked() - before).toBeLessThanOrEqual(6);
  const ids = new URL(leader.asked.at(-1) ?? '').searchParams.get('ids')?.split(',') ?? [];
  expect(ids).toEqual(expect.arrayContaining(tabs.flatMap(({ sessions }) => sessions)));
  for (const tab of tabs) await seesTheEnd(tab, context.request);
});

test('a leader that is hidden, hangs, is closed or crashes is replaced', async ({ context }) => {
  const tabs: Tab[] = [];
  for (let n = 0; n < 5; n += 1) tabs.push(await openTab(context, 1));
  const next = async (left: Tab) => {
    tabs.splice(tabs.indexOf(left), 1);
    return await asker(tabs);
  };
  const first = await asker(tabs);
  await turn(first.page, 'hidden');
  const second = await next(first);

  const release = await hang(second.page);
  const third = await next(second);
  await release();

  await third.page.close();
  const fourth = await next(third);

  const crasher = await context.newCDPSession(fourth.page);
  const crashed = fourth.page.waitForEvent('crash');
  crasher.send('Page.crash').catch(() => {});
  await crashed;
  const fifth = await next(fourth);
  await seesTheEnd(fifth, context.request);

  // Hidden as it is, the first has been told of everything all the while.
  await seesTheEnd(first, context.request);
  await seesTheEnd(second, context.request);
});

test('goes on after a lost network, a reload and a change of the clock, and on another device', async ({ context, browser, baseURL }) => {
  const tabs = [await openTab(context, 1), await openTab(context, 1)];
  const [one, other] = tabs as [Tab, Tab];
  await asker(tabs);
  await context.setOffline(true);
  await one.page.waitForTimeout(2_000);
  await context.setOffline(false);
  await asker(tabs);

  await one.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 600_000;
  });
  await one.page.reload();
  await other.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() - 600_000;
  });
  await expect(bars(one.page).first()).toBeVisible();
  await asker(tabs);

  const device = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  try {
    const abroad = await show(await device.newPage(), one.knowledgeId, one.sessions);
    await asksAgain(abroad);
    await seesTheEnd(one, context.request);
    await expect(bars(abroad.page)).toHaveCount(0);
    await seesTheEnd(other, context.request);
  } finally {
    await device.close();
  }
});

test('a restart of the server is one short pause for all tabs', async ({ context, program }) => {
  const tabs = [await openTab(context, 2), await openTab(context, 2)];
  await asker(tabs);
  await program.stop();
  await program.restart();
  await asker(tabs);
  for (const tab of tabs) await seesTheEnd(tab, context.request);
});
