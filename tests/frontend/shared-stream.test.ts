/**
 * Several tabs, one stream: who asks, who takes over, and what each of them is told.
 *
 * @module
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import {
  type PollingError,
  type PollingOptions,
  ProgressPoller,
} from '../../frontend/src/lib/utils/polling.ts';
import { FakeBrowser, type FakeTab } from './fake-browser.ts';
import { problem } from './fakes.ts';

interface Followed {
  readonly poller: ProgressPoller;
  readonly seen: SessionStatusDocument[];
  readonly completed: SessionStatusDocument[];
  readonly failed: PollingError[];
  readonly trouble: (PollingError | null)[];
}

let browser: FakeBrowser;
let followed: Followed[];

function follow(tab: FakeTab, id: string, options: PollingOptions = {}): Followed {
  const it: Omit<Followed, 'poller'> = { seen: [], completed: [], failed: [], trouble: [] };
  const poller = new ProgressPoller(
    id,
    (status) => it.completed.push(status),
    (error) => it.failed.push(error),
    {
      ...tab.options,
      onProgress: (status) => it.seen.push(status),
      onTrouble: (error) => it.trouble.push(error),
      ...options,
    },
  ).start();
  followed.push({ ...it, poller });
  return { ...it, poller };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const last = ({ seen }: Followed) => seen.at(-1)?.progress;
/** Requests of all tabs while `ms` pass. */
async function requestsWithin(ms: number): Promise<number> {
  const before = browser.asked.length;
  await pass(ms);
  return browser.asked.length - before;
}

function begin(): void {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  browser = new FakeBrowser();
  followed = [];
}

async function end(): Promise<void> {
  for (const { poller } of followed) poller.stop();
  await pass(0);
  // Whatever happened: no timer, listener, lock or channel is left.
  const listeners = browser.tabs.map(({ page }) => page.listeners());
  const left = { timers: vi.getTimerCount(), listeners, locks: browser.locks.busy };
  vi.useRealTimers();
  expect(left).toEqual({ timers: 0, listeners: browser.tabs.map(() => 0), locks: [] });
  expect(browser.channels.size).toBe(0);
}

beforeEach(begin);
afterEach(end);

describe('a stream of several tabs', () => {
  it('asks once a second for 5 tabs with 4 sessions each', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `s${n}`);
    for (const id of ids) browser.put(id);
    for (const [n, id] of ids.entries()) {
      follow(browser.tabs[Math.floor(n / 4)] ?? browser.tab(), id);
    }
    await pass(1_000);
    expect(followed.map(({ seen }) => seen.length)).toEqual(ids.map(() => 1));
    const count = await requestsWithin(10_000);
    expect(count).toBeGreaterThan(8);
    expect(count).toBeLessThan(11);
    expect(browser.tabs.filter(({ requests }) => requests > 3)).toEqual([browser.leader]);
  });

  it('tells every tab of a change, and of the end exactly once', async () => {
    browser.put('s1', { progress: 10 });
    const tabs = [browser.tab(), browser.tab(), browser.tab()].map((tab) => follow(tab, 's1'));
    await pass(1_500);
    browser.put('s1', { progress: 60, last_updated: 1_060 });
    await pass(1_500);
    browser.put('s1', { status: 'completed', progress: 100, last_updated: 1_100 });
    await pass(10_000);
    for (const one of tabs) {
      expect(one.seen.map(({ progress }) => progress)).toEqual([10, 60, 100]);
      expect(one.completed).toHaveLength(1);
      expect(one.failed).toEqual([]);
    }
    expect(await requestsWithin(60_000)).toBe(0);
  });

  it('has an answer at once for a tab that comes later, whatever the pace', async () => {
    browser.put('s1', { progress: 33 });
    const first = follow(browser.tab(), 's1', { interval: 10_000 });
    await pass(1_500);
    const late = follow(browser.tab(), 's1', { interval: 10_000 });
    expect(await requestsWithin(50)).toBe(1);
    expect(last(late)).toBe(33);
    expect(first.seen).toHaveLength(1);
  });

  it('asks at once for a session that is new to the leader', async () => {
    for (const id of ['s1', 's2']) browser.put(id);
    follow(browser.tab(), 's1');
    await pass(1_100);
    const late = follow(browser.tab(), 's2');
    await pass(50);
    expect(late.seen).toHaveLength(1);
  });

  it('has the files for those who want them in the same question', async () => {
    for (const id of ['a', 'b', 'c']) browser.put(id);
    const tab = browser.tab();
    follow(tab, 'a', { files: true });
    follow(tab, 'b');
    await pass(500);
    expect(browser.asked).toEqual(['/progress/status?ids=a,b&files=a']);
    follow(browser.tab(), 'b', { files: true });
    await pass(1_000);
    expect(browser.asked.at(-1)).toBe('/progress/status?ids=a,b&files=true');
  });

  it('forgets what a closed tab wanted, and stops with the last', async () => {
    for (const id of ['s1', 's2']) browser.put(id);
    follow(browser.tab(), 's1');
    const other = follow(browser.tab(), 's2');
    await pass(1_500);
    other.poller.stop();
    await pass(1_500);
    expect(browser.asked.at(-1)).toBe('/progress/s1/status');
  });

  it('forgets what a killed tab wanted', async () => {
    for (const id of ['s1', 's2']) browser.put(id);
    follow(browser.tab(), 's1');
    const second = browser.tab();
    follow(second, 's2');
    await pass(1_500);
    expect(browser.asked.at(-1)).toContain('s2');
    second.kill();
    await pass(1_500);
    expect(browser.asked.at(-1)).toBe('/progress/s1/status');
  });

  it('is paced by whoever is most in a hurry', async () => {
    browser.put('s1');
    follow(browser.tab(), 's1', { interval: 10_000 });
    follow(browser.tab(), 's1', { interval: 500 });
    await pass(1_000);
    expect(await requestsWithin(10_400)).toBe(20);
  });

  it('asks at once when any tab wants it, but not for ever', async () => {
    browser.put('s1');
    follow(browser.tab(), 's1', { interval: 5_000 });
    const other = follow(browser.tab(), 's1', { interval: 5_000 });
    await pass(1_500);
    other.poller.askNow();
    expect(await requestsWithin(100)).toBe(1);
    for (let n = 0; n < 100; n += 1) {
      other.poller.askNow();
      await pass(10);
    }
    expect(await requestsWithin(0)).toBe(0);
    expect(browser.asked.length).toBeLessThan(12);
  });

  it('asks again for what was wanted while a question was on its way', async () => {
    browser.latencyMs = 400;
    browser.put('s1', { progress: 10 });
    const one = follow(browser.tab(), 's1');
    await pass(100);
    browser.put('s1', { progress: 20, last_updated: 1_001 });
    one.poller.askNow();
    await pass(750);
    expect(browser.asked).toHaveLength(2);
    expect(last(one)).toBe(20);
  });

  it('keeps users apart', async () => {
    browser.put('s1');
    const [one, other] = [browser.tab(), browser.tab()];
    follow(one, 's1', { token: 'a' });
    follow(other, 's1', { token: 'b' });
    await pass(3_500);
    expect([one.requests, other.requests]).toEqual([4, 4]);
  });

  it('knows a user with a renewed token, where the app says who it is', async () => {
    browser.put('s1');
    const [one, other] = [browser.tab(), browser.tab()];
    follow(one, 's1', { user: 'u1', token: 'old' });
    follow(other, 's1', { user: 'u1', token: 'new' });
    await pass(3_500);
    expect(Math.min(one.requests, other.requests)).toBe(0);
  });

  it('goes over to the stream of the user who has signed in since', async () => {
    browser.put('s1');
    let token = 'a';
    const tab = browser.tab();
    const one = follow(tab, 's1', { token: () => token });
    follow(browser.tab(), 's1', { token: 'a' });
    await pass(1_500);
    token = 'b';
    await pass(3_000);
    expect(browser.tabs.map(({ requests }) => requests > 1)).toEqual([true, true]);
    expect(one.poller.running).toBe(true);
  });
});

describe('a leader', () => {
  async function threeTabs(): Promise<[FakeTab, FakeTab, FakeTab]> {
    browser.put('s1');
    const tabs: [FakeTab, FakeTab, FakeTab] = [browser.tab(), browser.tab(), browser.tab()];
    for (const tab of tabs) follow(tab, 's1');
    await pass(1_500);
    expect(browser.leader).toBe(tabs[0]);
    return tabs;
  }

  it('that is killed is replaced at once', async () => {
    const [first, second] = await threeTabs();
    const before = second.requests;
    first.kill();
    await pass(50);
    expect(browser.leader).toBe(second);
    expect(second.requests).toBe(before + 1);
    const others = followed.slice(1);
    browser.put('s1', { status: 'completed', last_updated: 1_100 });
    await pass(1_500);
    expect(others.map(({ completed }) => completed.length)).toEqual([1, 1]);
  });

  it('that stops is replaced at once, and nobody is told the same again', async () => {
    const [, second] = await threeTabs();
    followed[0]?.poller.stop();
    await pass(1_500);
    expect(browser.leader).toBe(second);
    expect(followed.map(({ seen }) => seen.length)).toEqual([1, 1, 1]);
  });

  it('that is hidden hands over to a visible tab, and asks until then', async () => {
    const [first, second, third] = await threeTabs();
    second.show(false);
    first.show(false);
    await pass(100);
    expect(browser.leader).toBe(third);
    expect(await requestsWithin(5_000)).toBeLessThan(7);
    first.show(true);
    await pass(1_500);
    expect(browser.leader).toBe(third);
  });

  it('that is hidden among hidden tabs goes on, until one is shown', async () => {
    const tabs = await threeTabs();
    for (const tab of tabs.toReversed()) tab.show(false);
    await pass(3_000);
    expect(browser.leader).toBe(tabs[0]);
    tabs[2].show(true);
    await pass(100);
    expect(browser.leader).toBe(tabs[2]);
  });

  it('that hangs silences nobody for longer than a few seconds', async () => {
    const [first, ...others] = await threeTabs();
    first.hang();
    browser.put('s1', { progress: 70, last_updated: 1_070 });
    await pass(8_000);
    expect(others).toContain(browser.leader);
    expect(followed.slice(1).map(last)).toEqual([70, 70]);
    expect(await requestsWithin(10_000)).toBeLessThan(12);
    // It comes round, and there is still one stream.
    first.wake();
    await pass(3_000);
    expect(last(followed[0] as Followed)).toBe(70);
    expect(await requestsWithin(10_000)).toBeLessThan(12);
  });

  it('that waits long for an answer is not taken for dead', async () => {
    const [first] = await threeTabs();
    browser.latencyMs = 20_000;
    await pass(60_000);
    expect(browser.leader).toBe(first);
  });

  it.each(['pagehide', 'freeze'])('lets go on %s, and comes back', async (event) => {
    const [first, second] = await threeTabs();
    const target = event === 'freeze' ? first.page.document : first.page.window;
    target.dispatchEvent(new Event(event));
    await pass(50);
    expect(browser.leader).toBe(second);
    const back = event === 'freeze' ? 'resume' : 'pageshow';
    target.dispatchEvent(new Event(back));
    browser.put('s1', { progress: 80, last_updated: 1_080 });
    await pass(1_500);
    expect(last(followed[0] as Followed)).toBe(80);
    expect(browser.leader).toBe(second);
  });

  it('takes several thieves in its stride', async () => {
    const [first, second, third] = await threeTabs();
    first.hang();
    second.hang();
    await pass(30_000);
    expect(browser.leader).toBe(third);
    first.wake();
    second.wake();
    await pass(10_000);
    expect(await requestsWithin(10_000)).toBeLessThan(12);
    browser.put('s1', { status: 'completed', last_updated: 1_100 });
    await pass(5_000);
    expect(followed.map(({ completed }) => completed.length)).toEqual([1, 1, 1]);
  });
});

describe('lost messages', () => {
  it.each(['asking', 'lead', 'round'])(
    'of the kind %s delay an answer, and no more',
    async (type) => {
      let toLose = 0;
      browser.loses = (message) => (message as { type: string }).type === type && toLose-- > 0;
      browser.put('s1', { progress: 10 });
      toLose = 1;
      const [first, second] = [browser.tab(), browser.tab()];
      const both = [follow(first, 's1'), follow(second, 's1')];
      await pass(9_000);
      expect(both.map(last)).toEqual([10, 10]);
      toLose = 2;
      browser.put('s1', { progress: 50, last_updated: 1_050 });
      first.show(false);
      await pass(9_000);
      expect(both.map(last)).toEqual([50, 50]);
      toLose = 1;
      browser.put('s1', { status: 'completed', progress: 100, last_updated: 1_100 });
      await pass(9_000);
      expect(both.map(({ completed }) => completed.length)).toEqual([1, 1]);
    },
  );

  it('all of them: each tab asks for itself', async () => {
    browser.loses = () => true;
    browser.put('s1', { progress: 10 });
    const both = [follow(browser.tab(), 's1'), follow(browser.tab(), 's1')];
    await pass(15_000);
    expect(both.map(last)).toEqual([10, 10]);
  });
});

describe('answers that are none', () => {
  it('404 ends the one session, in the tabs that follow it', async () => {
    browser.put('s1');
    const [one, other] = [browser.tab(), browser.tab()];
    const gone = [follow(one, 'gone'), follow(other, 'gone')];
    const there = follow(other, 's1');
    await pass(3_000);
    for (const { failed } of gone) {
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatchObject({ status: 404, code: 'session_not_found' });
    }
    expect(there.failed).toEqual([]);
    expect(browser.asked.at(-1)).toBe('/progress/s1/status');
  });

  it('401 ends everything of that user, in every tab', async () => {
    for (const id of ['s1', 's2', 's3']) browser.put(id);
    const [one, other] = [browser.tab(), browser.tab()];
    const all = [follow(one, 's1'), follow(other, 's2'), follow(other, 's3')];
    await pass(1_500);
    browser.failing = () => problem(401, 'unauthenticated');
    await pass(2_000);
    expect(all.map(({ failed }) => failed.map(({ status }) => status))).toEqual([[401], [401], [
      401,
    ]]);
    expect(await requestsWithin(60_000)).toBe(0);
  });

  it('a failure counts in every tab, and backs off once for all', async () => {
    browser.put('s1');
    const both = [browser.tab(), browser.tab()].map((tab) =>
      follow(tab, 's1', { maxErrorRetries: 2 })
    );
    await pass(1_500);
    browser.failing = () => problem(500, 'internal');
    await pass(60_000);
    for (const { failed, trouble } of both) {
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatchObject({ status: 500, name: 'PollingError' });
      expect(trouble).toHaveLength(2);
    }
  });

  it('Retry-After is kept by every tab, whoever hurries', async () => {
    browser.put('s1');
    const both = [browser.tab(), browser.tab()].map((tab) => follow(tab, 's1'));
    await pass(1_500);
    browser.failing = () => problem(503, 'unavailable', { 'retry-after': '20' });
    await pass(1_000);
    for (const { poller } of both) poller.askNow();
    browser.tabs.forEach((tab) => tab.page.becomeVisible());
    expect(await requestsWithin(18_000)).toBe(0);
    browser.failing = null;
    await pass(5_000);
    expect(both.map(({ failed, poller }) => [failed.length, poller.running])).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  it('Retry-After is kept by the tab that takes over', async () => {
    browser.put('s1');
    const [one, other] = [browser.tab(), browser.tab()].map((tab) => follow(tab, 's1'));
    await pass(1_500);
    browser.failing = () => problem(429, 'too_many_requests', { 'retry-after': '20' });
    await pass(1_000);
    one?.poller.stop();
    expect(await requestsWithin(15_000)).toBe(0);
    browser.failing = null;
    expect(await requestsWithin(10_000)).toBeGreaterThan(2);
    expect(other?.failed).toEqual([]);
  });

  it('a question that was lost in sleep is not waited for', async () => {
    browser.put('s1', { progress: 10 });
    const tab = browser.tab();
    const one = follow(tab, 's1');
    await pass(500);
    browser.latencyMs = 1_000_000;
    await pass(5_000);
    browser.latencyMs = 20;
    browser.put('s1', { progress: 70, last_updated: 1_070 });
    tab.page.becomeVisible();
    await pass(100);
    expect(last(one)).toBe(70);
  });

  it('offline is no error, and the network is used as soon as any tab hears of it', async () => {
    browser.put('s1', { progress: 10 });
    const both = [browser.tab(), browser.tab()].map((tab) =>
      follow(tab, 's1', { maxErrorRetries: 0 })
    );
    await pass(1_500);
    browser.online = false;
    await pass(300_000);
    expect(both.map(({ failed }) => failed)).toEqual([[], []]);
    browser.online = true;
    browser.put('s1', { progress: 60, last_updated: 1_060 });
    browser.tabs.at(-1)?.page.comeOnline();
    await pass(100);
    expect(both.map(last)).toEqual([60, 60]);
    expect(both.map(({ trouble }) => trouble.at(-1))).toEqual([null, null]);
  });

  it('an id that is no plain word is asked for by itself', async () => {
    for (const id of ['a', 'b', 'c,d']) browser.put(id);
    const tab = browser.tab();
    const all = ['a', 'b', 'c,d'].map((id) => follow(tab, id));
    await pass(500);
    expect(all.map(({ seen }) => seen.length)).toEqual([1, 1, 1]);
    expect(browser.asked).toEqual(['/progress/status?ids=a,b', '/progress/c,d/status']);
  });

  it('more sessions than go into one question are asked for one question after the other', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `s${n}`);
    for (const id of ids) browser.put(id);
    const tab = browser.tab();
    for (const id of ids) follow(tab, id);
    await pass(900);
    expect(browser.asked).toHaveLength(3);
    expect(followed.every(({ seen }) => seen.length === 1)).toBe(true);
  });
});

describe('a standstill', () => {
  it('is seen by every tab that has watched for a minute', async () => {
    browser.put('s1');
    const both = [browser.tab(), browser.tab()].map((tab) => follow(tab, 's1'));
    await pass(59_000);
    expect(both.map(({ failed }) => failed.length)).toEqual([0, 0]);
    await pass(3_000);
    expect(both.map(({ failed }) => failed[0]?.code)).toEqual(['stale', 'stale']);
  });

  it('is none for a tab that has been frozen', async () => {
    browser.put('s1');
    const [one, other] = [browser.tab(), browser.tab()];
    follow(one, 's1');
    const frozen = follow(other, 's1');
    await pass(40_000);
    other.page.document.dispatchEvent(new Event('freeze'));
    await pass(30_000);
    other.page.document.dispatchEvent(new Event('resume'));
    await pass(10_000);
    expect(frozen.failed).toEqual([]);
  });
});

describe('without locks and channels', () => {
  it('a tab still asks for all its sessions together', async () => {
    for (const id of ['s1', 's2']) browser.put(id);
    const [one, other] = [browser.tab(), browser.tab()];
    for (const tab of [one, other]) {
      for (const id of ['s1', 's2']) follow(tab, id, { shared: false });
    }
    await pass(3_500);
    expect([one.requests, other.requests]).toEqual([4, 4]);
    expect(new Set(browser.asked)).toEqual(new Set(['/progress/status?ids=s1,s2']));
  });

  it('that throw, a tab asks by itself', async () => {
    browser.put('s1');
    const sharing = {
      locks: { request: () => Promise.reject(new DOMException('Denied', 'SecurityError')) },
      openChannel: () => ({ onmessage: null, postMessage: () => {}, close: () => {} }),
    };
    const one = follow(browser.tab(), 's1', { sharing });
    await pass(2_500);
    expect(one.seen).toHaveLength(1);
    expect(browser.asked).toHaveLength(3);
  });

  it('that throw at once, likewise', async () => {
    browser.put('s1');
    const sharing = {
      locks: { request: () => Promise.resolve() },
      openChannel: () => {
        throw new DOMException('Denied', 'SecurityError');
      },
    };
    const one = follow(browser.tab(), 's1', { sharing });
    await pass(2_500);
    expect(one.seen).toHaveLength(1);
  });
});

type Step =
  | { kind: 'pass'; ms: number }
  | { kind: 'progress'; by: number }
  | { kind: 'latency'; ms: number }
  | { kind: 'lose'; share: number }
  | { kind: 'offline'; offline: boolean }
  | {
    kind: 'kill' | 'hang' | 'wake' | 'hide' | 'show' | 'freeze' | 'resume' | 'askNow';
    tab: number;
  };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat(6_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('progress'), by: fc.nat(20) }) },
  fc.record({ kind: fc.constant('latency'), ms: fc.nat(3_000) }),
  fc.record({ kind: fc.constant('lose'), share: fc.nat(5) }),
  fc.record({ kind: fc.constant('offline'), offline: fc.boolean() }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill', 'hang', 'wake', 'hide', 'show', 'freeze', 'resume', 'askNow'),
      tab: fc.nat(3),
    }),
  },
) as fc.Arbitrary<Step>;

describe('whatever happens', () => {
  it(
    'progress never goes back, callbacks come once, and every living tab hears of the end',
    async () => {
      await end();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          begin();
          await play(steps);
          await end();
        }),
        { numRuns: 150 },
      );
      begin();
    },
    60_000,
  );
});

async function play(steps: readonly Step[]): Promise<void> {
  browser.put('s1', { progress: 0, last_updated: 1_000 });
  const tabs = Array.from({ length: 4 }, () => browser.tab());
  const all = tabs.map((tab) => follow(tab, 's1', { onStale: () => {}, maxErrorRetries: 1_000 }));
  let updates = 1_000;
  let turn = 0;
  for (const one of steps) {
    if (one.kind === 'pass') await pass(one.ms);
    else if (one.kind === 'latency') browser.latencyMs = one.ms;
    else if (one.kind === 'lose') {
      browser.loses = () => one.share > 0 && (turn += 1) % 6 < one.share;
    } else if (one.kind === 'offline') browser.online = !one.offline;
    else if (one.kind === 'progress') {
      const before = browser.sessions.get('s1')?.progress ?? 0;
      updates += one.by % 2;
      browser.put('s1', { progress: Math.min(99, before + one.by), last_updated: updates });
    } else happen(tabs[one.tab] as FakeTab, one.kind, all[one.tab] as Followed);
  }
  for (const tab of tabs) {
    if (tab.state === 'hanging') tab.wake();
    if (tab.state === 'awake') happen(tab, 'resume', all[0] as Followed);
    tab.show(true);
  }
  browser.loses = () => false;
  browser.online = true;
  browser.latencyMs = 20;
  browser.put('s1', { status: 'completed', progress: 100, last_updated: updates + 1 });
  await pass(100_000);
  for (const [n, { seen, completed, failed }] of all.entries()) {
    const progress = seen.map((status) => status.progress);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(failed).toEqual([]);
    expect(completed.length).toBe(tabs[n]?.state === 'dead' ? completed.length : 1);
    expect(completed.length).toBeLessThan(2);
  }
}

function happen(tab: FakeTab, kind: string, { poller }: Followed): void {
  if (tab.state === 'dead') return;
  if (kind === 'kill') tab.kill();
  else if (kind === 'hang') tab.hang();
  else if (kind === 'wake') tab.wake();
  else if (kind === 'hide' || kind === 'show') tab.show(kind === 'show');
  else if (kind === 'askNow') poller.askNow();
  else tab.page.document.dispatchEvent(new Event(kind));
}
