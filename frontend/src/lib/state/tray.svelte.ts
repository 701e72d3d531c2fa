/**
 * All work of a page's user as reactive state: groups, overall progress and announcements.
 *
 * @module
 */
import { untrack } from 'svelte';
import { announce, type Announced, type Announcement, subjectsOf } from '../tray/announce.ts';
import { type Burst, type EndedSession, followBurst } from '../tray/burst.ts';
import { type Groups, groupWork, viewWork, type Work } from '../tray/work.ts';
import type { Sessions } from './sessions.svelte.ts';
import type { Uploads } from './uploads.svelte.ts';

export interface TrayOptions {
  /** Called once when all work has ended; never for work that ended before the page was opened. */
  onEnd?: (ended: EndedSession[]) => void;
  onAnnounce?: (announcements: Announcement[]) => void;
  /** Milliseconds since the epoch. @default Date.now */
  now?: () => number;
}

export class Tray {
  readonly sessions: Sessions;
  readonly uploads: Uploads;
  readonly #options: TrayOptions;
  #burst = $state.raw<Burst | null>(null);
  #announced: Announced | null = null;
  readonly #justEnded = new Set<string>();
  #stop: (() => void) | undefined;

  readonly works: Work[] = $derived.by(() =>
    this.sessions.current.flatMap((progress) => {
      const { current: session, error, trouble, stale } = progress;
      if (session === null) return [];
      const uploads = this.uploads.totals(progress.sessionId);
      return [viewWork({ session, uploads, error, trouble, stale })];
    })
  );
  readonly groups: Groups = $derived(groupWork(this.works));

  constructor(sessions: Sessions, uploads: Uploads, options: TrayOptions = {}) {
    this.sessions = sessions;
    this.uploads = uploads;
    this.#options = options;
  }

  /** Percent of all running work, 0–100, or null while there is none. */
  get overall(): number | null {
    return this.#burst?.shown ?? null;
  }

  /** The only knowledge base of the running work; null if there is none or there are several. */
  get onlyPlace(): string | null {
    const places = new Set([...this.#burst?.members.values() ?? []].map((s) => s.knowledge_id));
    return places.size === 1 ? [...places][0] ?? null : null;
  }

  /** Starts to follow. */
  start(): void {
    this.sessions.start();
    this.#stop ??= $effect.root(() => {
      const heard = this.sessions.listen(({ session_id }) => this.#justEnded.add(session_id));
      $effect(() => heard);
      $effect(() => {
        if (!this.sessions.looked && this.works.length === 0) return;
        const documents = this.works.map(({ session }) => session);
        untrack(() => this.#follow(documents));
      });
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.sessions.stop();
  }

  #follow(documents: Work['session'][]): void {
    const { burst, ended } = followBurst(this.#burst, documents, this.#justEnded);
    this.#justEnded.clear();
    this.#burst = burst;
    const gone = new Set(ended?.map(({ id }) => id));
    const members = burst === null
      ? documents.filter(({ session_id }) => gone.has(session_id))
      : [...burst.members.values()];
    const { now = Date.now, onAnnounce, onEnd } = this.#options;
    const next = announce(this.#announced, subjectsOf(members, burst?.shown ?? null), now());
    this.#announced = next.announced;
    if (next.announcements.length > 0) onAnnounce?.(next.announcements);
    if (ended) onEnd?.(ended);
  }
}
