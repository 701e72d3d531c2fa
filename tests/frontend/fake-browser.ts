/**
 * Several tabs of one browser in one process: locks and channels between them, a server that they
 * all ask, and what can happen to a tab.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { Channel, Locks, Sharing } from '../../frontend/src/lib/polling/shared/sharing.ts';
import type { PollingOptions } from '../../frontend/src/lib/utils/polling.ts';
import { answer, type FakePage, fakePage, problem, sessionOf } from './fakes.ts';

interface LockRequest {
  readonly tab: FakeTab;
  readonly grant: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Web Locks: exclusive, first come first served, stolen, freed when their tab dies. */
class FakeLocks {
  readonly #held = new Map<string, LockRequest>();
  readonly #queues = new Map<string, LockRequest[]>();

  of(tab: FakeTab): Locks {
    return {
      request: async (name, { signal, steal }, held) => {
        await tab.awake;
        if (tab.state === 'dead') return await new Promise(() => {});
        return await new Promise<void>((resolve, reject) => {
          const request: LockRequest = { tab, grant: held, resolve, reject };
          const queue = this.#queueOf(name);
          signal?.addEventListener('abort', () => {
            if (!queue.includes(request)) return;
            queue.splice(queue.indexOf(request), 1);
            reject(new DOMException('Aborted', 'AbortError'));
          });
          if (steal) {
            this.#held.get(name)?.reject(new DOMException('Stolen', 'AbortError'));
            this.#held.delete(name);
            queue.unshift(request);
          } else queue.push(request);
          queueMicrotask(() => this.#grant(name));
        });
      },
    };
  }

  killed(tab: FakeTab): void {
    for (const queue of this.#queues.values()) {
      queue.splice(0, queue.length, ...queue.filter((request) => request.tab !== tab));
    }
    for (const [name, request] of [...this.#held]) {
      if (request.tab === tab) this.#free(name, request);
    }
  }

  /** Names of what is held or asked for. */
  get busy(): string[] {
    const queued = [...this.#queues].filter(([, queue]) => queue.length > 0).map(([name]) => name);
    return [...this.#held.keys(), ...queued];
  }

  holder(ending: string): FakeTab | undefined {
    return [...this.#held].find(([name]) => name.endsWith(ending))?.[1].tab;
  }

  #queueOf(name: string): LockRequest[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #grant(name: string): void {
    if (this.#held.has(name)) return;
    const request = this.#queueOf(name).shift();
    if (!request) return;
    this.#held.set(name, request);
    void request.grant().then(() => {
      request.resolve();
      this.#free(name, request);
    });
  }

  #free(name: string, request: LockRequest): void {
    if (this.#held.get(name) !== request) return;
    this.#held.delete(name);
    this.#grant(name);
  }
}

class FakeChannel implements Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;
  #open = true;

  constructor(readonly browser: FakeBrowser, readonly name: string, readonly tab: FakeTab) {
    browser.channels.add(this);
  }

  postMessage(message: unknown): void {
    if (!this.#open) throw new DOMException('Closed', 'InvalidStateError');
    if (this.tab.state !== 'awake' || this.browser.loses(message)) return;
    for (const other of this.browser.channels) {
      if (other === this || other.name !== this.name) continue;
      const data: unknown = structuredClone(message);
      queueMicrotask(() => other.deliver(data));
    }
  }

  deliver(data: unknown): void {
    if (this.#open && this.tab.state === 'awake') this.onmessage?.({ data } as MessageEvent);
  }

  close(): void {
    this.#open = false;
    this.browser.channels.delete(this);
  }
}

export class FakeTab {
  readonly page: FakePage = fakePage();
  /** A tab that hangs neither speaks nor hears, and keeps its locks; a dead one has lost them. */
  state: 'awake' | 'hanging' | 'dead' = 'awake';
  requests = 0;
  #awake = Promise.withResolvers<void>();
  readonly sharing: Sharing;
  /** Of a poller in this tab. */
  readonly options: PollingOptions;

  constructor(readonly browser: FakeBrowser) {
    this.#awake.resolve();
    this.sharing = {
      locks: browser.locks.of(this),
      openChannel: (name) => new FakeChannel(browser, name, this),
    };
    this.options = {
      shared: true,
      sharing: this.sharing,
      wakeTargets: this.page,
      fetch: (input, init) => this.#fetch(input, init),
      random: () => 0.5,
      isOnline: () => browser.online,
    };
  }

  get leads(): boolean {
    return this.browser.locks.holder(':leader') === this;
  }

  kill(): void {
    this.state = 'dead';
    this.browser.locks.killed(this);
  }

  hang(): void {
    this.state = 'hanging';
    this.#awake = Promise.withResolvers<void>();
  }

  wake(): void {
    this.state = 'awake';
    this.#awake.resolve();
  }

  get awake(): Promise<void> {
    return this.#awake.promise;
  }

  show(visible: boolean): void {
    this.page.document.visibilityState = visible ? 'visible' : 'hidden';
    this.page.document.dispatchEvent(new Event('visibilitychange'));
  }

  async #fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    if (this.state !== 'awake') return await new Promise(() => {});
    this.requests += 1;
    return await this.browser.answer(new Request(new URL(String(input), 'http://app.test'), init));
  }
}

export class FakeBrowser {
  readonly locks = new FakeLocks();
  readonly channels = new Set<FakeChannel>();
  readonly tabs: FakeTab[] = [];
  sessions = new Map<string, SessionStatusDocument>();
  /** Paths asked for, in their order. */
  readonly asked: string[] = [];
  online = true;
  /** Answers all questions instead of the sessions. */
  failing: (() => Response) | null = null;
  latencyMs = 20;
  /** Whether a message gets lost. */
  loses: (message: unknown) => boolean = () => false;

  tab(visible = true): FakeTab {
    const tab = new FakeTab(this);
    tab.page.document.visibilityState = visible ? 'visible' : 'hidden';
    this.tabs.push(tab);
    return tab;
  }

  put(id: string, given: Partial<SessionStatusDocument> = {}): void {
    this.sessions.set(id, sessionOf({ ...this.sessions.get(id), session_id: id, ...given }));
  }

  get leader(): FakeTab | undefined {
    return this.locks.holder(':leader');
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.asked.push(decodeURIComponent(url.pathname.replace('/api/v1', '') + url.search));
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, this.latencyMs);
      request.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(request.signal.reason);
      });
    });
    if (!this.online) throw new TypeError('Failed to fetch');
    if (this.failing) return this.failing();
    return this.#conditional(request, url);
  }

  #conditional(request: Request, url: URL): Response {
    const [, , , kind, place = '', one] = url.pathname.split('/');
    if (kind === 'sessions') {
      return answer({ items: [...this.sessions.values()], total: this.sessions.size });
    }
    const found = one === 'status' ? this.#one(decodeURIComponent(place)) : this.#many(url);
    if (found instanceof Response) return found;
    const etag = `"${JSON.stringify(found)}"`;
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304 });
    return answer(found, { headers: { etag } });
  }

  #one(id: string): unknown {
    return this.sessions.get(id) ?? problem(404, 'session_not_found');
  }

  #many(url: URL): unknown {
    const ids = url.searchParams.get('ids')?.split(',') ?? [];
    const sessions = ids.flatMap((id) => this.sessions.get(id) ?? []);
    return { sessions, missing: ids.filter((id) => !this.sessions.has(id)) };
  }
}
