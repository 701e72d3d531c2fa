/**
 * All sessions of a knowledge base that somebody should see, as reactive state.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { SessionAction } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { HeadwayClient } from '../api/client.ts';
import { listenForWakeups, pageTargets } from '../polling/wakeups.ts';
import { Progress } from './progress.svelte.ts';

export interface SessionsOptions {
  /** Milliseconds between looks for sessions that others have started. @default 5000 */
  lookInterval?: number;
  /** Whether to ask for the files of long sessions too, unopened. @default false */
  allFiles?: boolean;
  /** Called when a followed session has ended. */
  onEnd?: (status: SessionStatusDocument) => void;
}

/** Up to so many files, the files of a session are asked for with each poll. */
const FILES_ALWAYS = 50;
/** Somebody is looking at it: what is back should be seen soon. */
const LONGEST_WAIT_MS = 8_000;
/** Ended sessions with failures are shown again for so long, seconds. */
const SHOW_FAILED_FOR = 24 * 3_600;

export class Sessions {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string;
  readonly #options: SessionsOptions;
  readonly #followed = new SvelteMap<string, Progress>();
  /** Sessions whose whole list of files is on show. */
  readonly #opened = new Set<string>();
  #looked = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #stopListening: (() => void) | undefined;

  constructor(client: HeadwayClient, knowledgeId: string, options: SessionsOptions = {}) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
    this.#options = options;
  }

  /** Newest first. */
  get current(): Progress[] {
    return [...this.#followed.values()].sort((a, b) => createdAt(b) - createdAt(a));
  }

  /** Whether the server has been asked at least once. */
  get looked(): boolean {
    return this.#looked;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#stopListening = listenForWakeups(pageTargets(), () => void this.#look(true));
    void this.#look(false);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#stopListening?.();
    for (const progress of this.#followed.values()) progress.stop();
  }

  /** Follows a session from now on, or asks at once for one that is followed. */
  follow(sessionId: string, initial?: SessionStatusDocument): void {
    const known = this.#followed.get(sessionId);
    if (known) {
      known.start();
      return;
    }
    const progress = new Progress(sessionId, {
      ...this.#client.options,
      ...(initial ? { initial } : {}),
      maxInterval: LONGEST_WAIT_MS,
      files: () => this.#wantsFiles(sessionId),
      onEnd: (ended) => this.#ended(ended),
    });
    this.#followed.set(sessionId, progress);
    progress.start();
  }

  /** Whether the whole list of a session's files is wanted, however long it is. */
  open(sessionId: string, wanted: boolean): void {
    if (wanted) this.#opened.add(sessionId);
    else this.#opened.delete(sessionId);
    this.#followed.get(sessionId)?.start();
  }

  /** @throws {ApiError} */
  async control(sessionId: string, action: SessionAction): Promise<void> {
    await this.#client.controlSession(sessionId, action);
    this.#followed.get(sessionId)?.start();
  }

  /** @throws {ApiError} */
  async controlFile(sessionId: string, jobId: string, action: SessionAction): Promise<void> {
    await this.#client.controlFile(sessionId, jobId, action);
    this.#followed.get(sessionId)?.start();
  }

  /**
   * Takes an ended session out of sight. One with failures would come back with the next reload,
   * so the server is told; the others stay in its history.
   *
   * @throws {ApiError}
   */
  async dismiss(sessionId: string): Promise<void> {
    const session = this.#followed.get(sessionId)?.current;
    this.#forget(sessionId);
    if (session && isWorthShowing(session)) await this.#client.clearSession(sessionId);
  }

  #forget(sessionId: string): void {
    this.#followed.get(sessionId)?.stop();
    this.#followed.delete(sessionId);
    this.#opened.delete(sessionId);
  }

  #wantsFiles(sessionId: string): boolean {
    const total = this.#followed.get(sessionId)?.current?.total_files ?? 0;
    return this.#options.allFiles === true || total <= FILES_ALWAYS || this.#opened.has(sessionId);
  }

  #ended(progress: Progress): void {
    // Cleared by somebody, or not for our eyes any more.
    if (progress.error?.status === 404) this.#forget(progress.sessionId);
    if (progress.current) this.#options.onEnd?.(progress.current);
  }

  /** Follows what is new, and again what was given up or has been taken up by somebody else. */
  #meet(item: SessionStatusDocument): void {
    const known = this.#followed.get(item.session_id);
    const missed = known !== undefined && !known.following && isLive(item);
    if (missed || (known === undefined && isWorthShowing(item))) {
      this.follow(item.session_id, item);
    }
  }

  async #look(liveOnly: boolean): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const { items } = await this.#client.sessions({
        knowledge_id: this.#knowledgeId,
        ...(liveOnly ? { live: 'true' as const } : {}),
      });
      if (!this.#running) return;
      for (const item of items) this.#meet(item);
      this.#looked = true;
    } catch {
      // The next look tries again; what is followed says itself when it cannot be reached.
    }
    if (!this.#running) return;
    const wait = this.#options.lookInterval ?? 5_000;
    this.#timer = setTimeout(() => void this.#look(this.#looked), wait);
  }
}

function createdAt(progress: Progress): number {
  return progress.current?.created_at ?? Number.MAX_SAFE_INTEGER;
}

function isLive({ status }: SessionStatusDocument): boolean {
  return !FINAL_STATUSES.includes(status);
}

function isWorthShowing(session: SessionStatusDocument): boolean {
  if (isLive(session)) return true;
  const endedAt = session.finished_at ?? session.last_updated;
  return session.failed_files > 0 && Date.now() / 1_000 - endedAt < SHOW_FAILED_FOR;
}
