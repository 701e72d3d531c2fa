/**
 * All sessions that somebody should see, of one knowledge base or of all, as reactive state.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { SessionAction } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { HeadwayClient } from '../api/client.ts';
import { hearSessions } from '../polling/shared/hearing.ts';
import { listenForWakeups, pageTargets } from '../polling/wakeups.ts';
import type { Dismissed } from './dismissed.ts';
import { Progress, type ProgressOptions } from './progress.svelte.ts';
import { type Remembered, rememberSessions } from './remembered.ts';
import { SessionLookout } from './session-lookout.ts';
import { SessionsOf } from './sessions-of.ts';

export interface SessionsOptions {
  /** Milliseconds between looks for sessions that others have started. @default 5000 */
  lookInterval?: number;
  /** Whether to ask for the files of long sessions too, unopened. @default false */
  allFiles?: boolean;
  /** Called when a session has ended that was live when it was met, once for each end. */
  onEnd?: OnEnd;
  /** What to show until the server has answered. @default that of the client's `user` or token */
  remembered?: Remembered;
  /** Which ended sessions were put out of sight. @default remembered as long as the page */
  dismissed?: Dismissed;
}

export type OnEnd = (status: SessionStatusDocument) => void;

/** Up to so many files, the files of a session are asked for with each poll. */
const FILES_ALWAYS = 50;
/** Somebody is looking at it: what is back should be seen soon. */
const LONGEST_WAIT_MS = 8_000;
/** Sessions that ended well are kept in sight up to so many. */
const MOST_ENDED = 50;
/** Ended sessions with failures are shown again for so long, seconds. */
const SHOW_FAILED_FOR = 24 * 3_600;

/** One instance can serve a whole app: `of` gives a page the sessions of its knowledge base. */
export class Sessions {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string | null;
  readonly #options: SessionsOptions;
  readonly #remembered: Remembered;
  readonly #followed = new SvelteMap<string, Progress>();
  /** Where a session belongs that has not answered yet. */
  readonly #places = new Map<string, string>();
  /** Seen live, and its end not told yet. */
  readonly #live = new Set<string>();
  /** Sessions whose whole list of files is on show. */
  readonly #opened = new Set<string>();
  /** Knowledge bases whose sessions are on show with their files. */
  readonly #shown = new Set<string>();
  readonly #listeners = new Set<OnEnd>();
  readonly #lookout: SessionLookout;
  #looked = $state(false);
  #unlisted = $state(0);
  #stopListening: (() => void) | undefined;
  #stopHearing: (() => void) | undefined;

  /** Without a `knowledgeId`: everything that this user may see. */
  constructor(
    client: HeadwayClient,
    knowledgeId: string | null = null,
    options: SessionsOptions = {},
  ) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
    this.#options = options;
    this.#remembered = options.remembered ?? rememberSessions(client.options);
    this.#lookout = new SessionLookout({
      client,
      knowledgeId,
      interval: options.lookInterval ?? 5_000,
      onFound: (items, beyond) => {
        for (const item of items) this.#meet(item);
        this.#unlisted = beyond ?? this.#unlisted;
        this.#looked = true;
      },
    });
    if (knowledgeId !== null) this.#shown.add(knowledgeId);
    if (options.onEnd) this.#listeners.add(options.onEnd);
  }

  /** Newest first. */
  get current(): Progress[] {
    return [...this.#followed.values()].sort((a, b) => createdAt(b) - createdAt(a));
  }

  /** Whether the server has been asked at least once. */
  get looked(): boolean {
    return this.#looked;
  }

  /** How many live sessions there are beyond those in `current`. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /** The sessions of one knowledge base, sharing all requests with this. */
  of(knowledgeId: string, options: { onEnd?: OnEnd } = {}): SessionsOf {
    return new SessionsOf(this, knowledgeId, options.onEnd);
  }

  /** The knowledge base of a session, as far as anybody knows. */
  placeOf(sessionId: string): string | null {
    const known = this.#followed.get(sessionId)?.current?.knowledge_id;
    return known ?? this.#places.get(sessionId) ?? this.#knowledgeId;
  }

  /** Hears of every end until the returned function is called. */
  listen(onEnd: OnEnd): () => void {
    this.#listeners.add(onEnd);
    return () => void this.#listeners.delete(onEnd);
  }

  /** Has the files of a knowledge base's sessions asked for too, or no longer. */
  show(knowledgeId: string, wanted: boolean): void {
    if (wanted) this.#shown.add(knowledgeId);
    else this.#shown.delete(knowledgeId);
    if (!wanted) return;
    for (const progress of this.current) {
      const lacksFiles = progress.current !== null && progress.current.files === undefined;
      if (lacksFiles && this.placeOf(progress.sessionId) === knowledgeId) progress.start();
    }
  }

  start(): void {
    if (this.#lookout.running) return;
    this.#stopListening = listenForWakeups(pageTargets(), () => this.#lookout.now());
    this.#stopHearing = hearSessions(this.#client.options, (item) => {
      if (this.#isHere(item)) this.#meet(item);
    });
    for (const item of this.#remembered.all()) {
      if (this.#isHere(item)) this.#recall(item);
    }
    this.#lookout.start();
  }

  stop(): void {
    this.#lookout.stop();
    this.#stopListening?.();
    this.#stopHearing?.();
    for (const progress of this.#followed.values()) progress.stop();
  }

  /** Follows a session from now on, or asks at once for one that is followed. */
  follow(
    sessionId: string,
    initial?: SessionStatusDocument,
    knowledgeId: string | null = this.#knowledgeId,
  ): void {
    if (knowledgeId !== null) this.#places.set(sessionId, knowledgeId);
    if (initial === undefined || isLive(initial)) this.#live.add(sessionId);
    const known = this.#followed.get(sessionId);
    if (known) known.start();
    else this.#begin(sessionId, initial ? { initial } : {});
  }

  #begin(sessionId: string, options: Pick<ProgressOptions, 'initial' | 'recalled'>): void {
    const progress = new Progress(sessionId, {
      ...this.#client.options,
      ...options,
      maxInterval: LONGEST_WAIT_MS,
      files: () => this.#wantsFiles(sessionId),
      onChange: (status) => {
        this.#remembered.put(status);
        if (!sized && this.#wantsFiles(sessionId)) progress.start();
        sized = true;
      },
      onEnd: (ended) => this.#ended(ended),
    });
    let sized = progress.current !== null;
    this.#followed.set(sessionId, progress);
    progress.start();
  }

  /** Shows what was known before a reload. Whether it is still there, its poller finds out. */
  #recall(item: SessionStatusDocument): void {
    if (this.#followed.has(item.session_id)) return;
    this.#live.add(item.session_id);
    this.#begin(item.session_id, { initial: item, recalled: true });
  }

  #isHere({ knowledge_id }: SessionStatusDocument): boolean {
    return this.#knowledgeId === null || knowledge_id === this.#knowledgeId;
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
    this.#dismissed.add(sessionId);
    if (session && isWorthShowing(session)) await this.#client.clearSession(sessionId);
  }

  #forget(sessionId: string): void {
    this.#followed.get(sessionId)?.stop();
    this.#followed.delete(sessionId);
    this.#opened.delete(sessionId);
    this.#places.delete(sessionId);
    this.#live.delete(sessionId);
    this.#remembered.forget(sessionId);
  }

  get #dismissed(): Dismissed {
    return this.#options.dismissed ?? NOTHING_DISMISSED;
  }

  #wantsFiles(sessionId: string): boolean {
    if (this.#options.allFiles === true || this.#opened.has(sessionId)) return true;
    // Of a session whose length is unknown, the first answer tells it.
    const total = this.#followed.get(sessionId)?.current?.total_files ?? Infinity;
    return total <= FILES_ALWAYS && this.#shown.has(this.placeOf(sessionId) ?? '');
  }

  #ended(progress: Progress): void {
    const { current, sessionId } = progress;
    // Cleared by somebody, or not for our eyes any more.
    if (progress.error?.status === 404) this.#forget(sessionId);
    if (current === null || isLive(current) || !this.#live.delete(sessionId)) return;
    for (const onEnd of [...this.#listeners]) onEnd(current);
    this.#forgetOldest();
  }

  /** A page that stays open for weeks keeps the last ends only. */
  #forgetOldest(): void {
    const fine = this.current.filter(({ current }) =>
      current !== null && !isLive(current) && !isWorthShowing(current)
    );
    for (const { sessionId } of fine.slice(MOST_ENDED)) this.#forget(sessionId);
  }

  /** Follows what is new, and again what was given up or has been taken up by somebody else. */
  #meet(item: SessionStatusDocument): void {
    const known = this.#followed.get(item.session_id);
    const missed = known !== undefined && !known.following && isLive(item);
    const unwanted = !isLive(item) && this.#dismissed.has(item.session_id);
    if (missed || (known === undefined && isWorthShowing(item) && !unwanted)) {
      this.follow(item.session_id, item);
    }
  }
}

/** A dismissed session is not followed any more; only a reload needs a memory. */
const NOTHING_DISMISSED: Dismissed = { has: () => false, add: () => {} };

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
