/**
 * The end of work is told once, over all tabs; fakes stand for several tabs of one browser.
 *
 * @module
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type NotificationApi,
  Notifications,
} from '../../frontend/src/lib/state/notifications.svelte.ts';
import { rememberDismissed } from '../../frontend/src/lib/state/dismissed.ts';
import type { TextStorage } from '../../frontend/src/lib/state/stored.ts';
import type { EndedSession, Summary } from '../../frontend/src/lib/tray/burst.ts';
import { withPercent } from '../../frontend/src/lib/tray/page-title.ts';
import { type Locks, Tabs } from '../../frontend/src/lib/tray/tabs.ts';
import { EndTeller } from '../../frontend/src/lib/tray/tell-end.ts';

function memory(): TextStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
  };
}

type Work = (lock: object | null) => Promise<unknown>;

/** Web Locks of one browser: shared ones are held side by side, the others one after another. */
function fakeLocks(): Locks {
  const held: string[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  const hold = async (name: string, work: Work) => {
    held.push(name);
    try {
      return await work({ name });
    } finally {
      held.splice(held.indexOf(name), 1);
    }
  };
  return {
    query: () => Promise.resolve({ held: held.map((name) => ({ name })) }),
    request: (name: string, ...rest: unknown[]) => {
      const work = rest.at(-1) as Work;
      const { ifAvailable } = rest[0] as LockOptions;
      if (ifAvailable && held.includes(name)) return Promise.resolve(work(null));
      if (rest.length > 1) return hold(name, work);
      return turn = turn.then(() => hold(name, work));
    },
  } as never;
}

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
}

interface FakeTab {
  page: FakeDocument;
  teller: EndTeller;
  told: string[];
  turn(state: DocumentVisibilityState): void;
}

let locks: Locks;
let storage: TextStorage;

interface TabOptions {
  agreed?: boolean;
  canNotify?: boolean;
  withLocks?: boolean;
  /** @default that of the whole browser */
  stored?: TextStorage;
}

function openTab(options: TabOptions = {}): FakeTab {
  const { agreed = true, canNotify = true, withLocks = true, stored = storage } = options;
  const page = new FakeDocument();
  const tabs = new Tabs({ page, storage: stored, locks: withLocks ? locks : undefined });
  const told: string[] = [];
  const put = (how: string) => ({ ids }: Summary) => void told.push(`${how} ${ids.join('+')}`);
  const teller = new EndTeller({
    tabs,
    show: put('toast'),
    agreed: () => Promise.resolve(agreed),
    notify: (summary) => {
      if (canNotify) put('notification')(summary);
      return canNotify;
    },
  });
  tabs.start(() => void teller.seen());
  const turn = (state: DocumentVisibilityState) => {
    page.visibilityState = state;
    page.dispatchEvent(new Event('visibilitychange'));
  };
  return { page, teller, told, turn };
}

const ended = (...ids: string[]): EndedSession[] =>
  ids.map((id) => ({ id, knowledgeId: 'k1', ready: 1, failed: 0, cancelled: 0 }));

const allTold = (...tabs: FakeTab[]) => tabs.flatMap(({ told }) => told);

beforeEach(() => {
  locks = fakeLocks();
  storage = memory();
});

describe('EndTeller', () => {
  it('tells in the tab that is seen, and only there', async () => {
    const [seen, hidden] = [openTab(), openTab()];
    hidden.turn('hidden');
    await hidden.teller.tell(ended('a'));
    await seen.teller.tell(ended('a'));
    expect([seen.told, hidden.told]).toEqual([['toast a'], []]);
  });

  it('tells once when two windows are seen', async () => {
    const tabs = [openTab(), openTab()];
    await Promise.all(tabs.map(({ teller }) => teller.tell(ended('a'))));
    expect(allTold(...tabs)).toEqual(['toast a']);
  });

  it.each([true, false])('notifies once over many hidden tabs (locks: %s)', async (withLocks) => {
    const tabs = Array.from({ length: 5 }, () => openTab({ withLocks }));
    for (const tab of tabs) tab.turn('hidden');
    await Promise.all(tabs.map(({ teller }) => teller.tell(ended('a', 'b'))));
    await tabs[0]?.teller.tell(ended('a'));
    expect(allTold(...tabs)).toEqual(['notification a+b']);
  });

  it('tells once while what one tab has stored is still on its way to the others', async () => {
    const tabs = Array.from({ length: 3 }, () => openTab({ stored: memory() }));
    await Promise.all(tabs.map(({ teller }) => teller.tell(ended('a'))));
    expect(allTold(...tabs)).toEqual(['toast a']);
  });

  it('keeps it for whoever looks first when nobody agreed to a notification', async () => {
    const [one, other] = [openTab({ agreed: false }), openTab({ agreed: false })];
    for (const tab of [one, other]) tab.turn('hidden');
    await Promise.all([one, other].map(({ teller }) => teller.tell(ended('a'))));
    expect(allTold(one, other)).toEqual([]);
    other.turn('visible');
    await vi.waitFor(() => expect(other.told).toEqual(['toast a']));
    other.turn('hidden');
    one.turn('visible');
    await one.teller.seen();
    expect(one.told).toEqual([]);
  });

  it('shows later what could not be notified', async () => {
    const tab = openTab({ canNotify: false });
    tab.turn('hidden');
    await tab.teller.tell(ended('a'));
    expect(tab.told).toEqual([]);
    tab.turn('visible');
    await vi.waitFor(() => expect(tab.told).toEqual(['toast a']));
  });

  it('does not repeat what was told after a hidden tab comes back', async () => {
    const tab = openTab();
    tab.turn('hidden');
    await tab.teller.tell(ended('a'));
    tab.turn('visible');
    await tab.teller.seen();
    await tab.teller.tell(ended('a'));
    expect(tab.told).toEqual(['notification a']);
  });
});

describe('Notifications', () => {
  const made: string[] = [];
  function apiOf(answer: NotificationPermission): NotificationApi {
    return class {
      static permission: NotificationPermission = 'default';
      static requestPermission = () => Promise.resolve(answer);
      onclick = null;
      constructor(title: string) {
        made.push(title);
      }
      close() {}
    };
  }
  function clientOf(wanted: boolean) {
    const asked: unknown[] = [];
    const preferences = () => Promise.resolve({ notifications: wanted } as never);
    const changePreferences = (change: object) => {
      asked.push(change);
      return Promise.resolve(change as never);
    };
    return { asked, preferences, changePreferences };
  }
  const text = { title: 'Done', body: '', tag: 't', lang: 'en' };

  beforeEach(() => made.splice(0));

  it('needs both the browser’s permission and the person’s wish', async () => {
    const client = clientOf(true);
    const notifications = new Notifications(client, apiOf('granted'));
    await notifications.load();
    expect(notifications.enabled).toBe(false);
    await notifications.agree();
    expect(notifications.enabled).toBe(true);
    expect(client.asked).toEqual([{ notifications: true }]);
    await notifications.decline();
    expect(notifications.enabled).toBe(false);
    expect(notifications.show(text, () => {})).toBe(false);
    expect(made).toEqual([]);
  });

  it('does not keep a wish that the browser refuses', async () => {
    const client = clientOf(false);
    const notifications = new Notifications(client, apiOf('denied'));
    await notifications.agree();
    expect([notifications.consent, notifications.enabled]).toEqual(['denied', false]);
    expect(client.asked).toEqual([]);
  });

  it('does without where there is no such thing', async () => {
    const notifications = new Notifications(clientOf(true), undefined);
    await notifications.agree();
    expect([notifications.consent, notifications.enabled]).toEqual(['unsupported', false]);
  });
});

describe('rememberDismissed()', () => {
  it('remembers over reloads, the last ones only, and survives what it cannot read', () => {
    rememberDismissed(storage).add('a');
    expect(rememberDismissed(storage).has('a')).toBe(true);
    for (let i = 0; i < 500; i++) rememberDismissed(storage).add(`s${i}`);
    expect([rememberDismissed(storage).has('a'), rememberDismissed(storage).has('s499')])
      .toEqual([false, true]);
    storage.setItem('headway:dismissed', '{broken');
    expect(rememberDismissed(storage).has('s499')).toBe(false);
    expect(rememberDismissed(null).has('a')).toBe(false);
  });
});

describe('withPercent()', () => {
  it('puts the percent first, and takes it away again', () => {
    expect(withPercent('Interviews · Headway', '42%')).toBe('42% · Interviews · Headway');
    expect(withPercent('Interviews · Headway', null)).toBe('Interviews · Headway');
  });
});
