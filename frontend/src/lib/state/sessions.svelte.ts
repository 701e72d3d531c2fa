/**
 * All visible sessions, of one knowledge base or of all, as reactive state.
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
  /** Milliseconds between requests for sessions started elsewhere. @default 5000 */
  lookInterval?: number;
  /** Includes the files of long sessions, even unopened. @default false */
  allFiles?: boolean;
  /** Called once for each end of a session that was live when first seen. */
  onEnd?: OnEnd;
  /** Sessions to show until the server answers. @default those of the client's `user` or token */
  remembered?: Remembered;
  /** Ended sessions that were dismissed. @default kept until the page is left */
  dismissed?: Dismissed;
}

export type OnEnd = (status: SessionStatusDocument) => void;

/** Maximum number of files of a session that are included in each poll. */
const FILES_ALWAYS = 50;
/** Maximum wait between polls, milliseconds: users should soon see that a server is back. */
const LONGEST_WAIT_MS = 8_000;
/** Maximum number of successful sessions that stay visible. */
const MOST_ENDED = 50;
/** Seconds for which ended sessions with failures are shown again. */
const SHOW_FAILED_FOR = 24 * 3_600;

/** One instance can serve a whole app: `of` gives a page the sessions of its knowledge base. */
export class Sessions {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string | null;
  readonly #options: SessionsOptions;
  readonly #remembered: Remembered;
  readonly #followed = new SvelteMap<string, Progress>();
  /** Knowledge base of a session that has no answer yet. */
  readonly #places = new Map<string, string>();
  /** Sessions seen live whose end has not been reported. */
  readonly #live = new Set<string>();
  /** Sessions whose whole list of files is open. */
  readonly #opened = new Set<string>();
  /** Knowledge bases whose sessions are shown with their files. */
  readonly #shown = new Set<string>();
  readonly #listeners = new Set<OnEnd>();
  readonly #lookout: SessionLookout;
  #looked = $state(false);
  #unlisted = $state(0);
  #stopListening: (() => void) | undefined;
  #stopHearing: (() => void) | undefined;

  /** Without a `knowledgeId`: all sessions that this user may see. */
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

  /** True once the server has answered the first request. */
  get looked(): boolean {
    return this.#looked;
  }

  /** Number of live sessions beyond those in `current`. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /** The sessions of one knowledge base, which share all requests with this instance. */
  of(knowledgeId: string, options: { onEnd?: OnEnd } = {}): SessionsOf {
    return new SessionsOf(this, knowledgeId, options.onEnd);
  }

  /** The knowledge base of a session, where known. */
  placeOf(sessionId: string): string | null {
    const known = this.#followed.get(sessionId)?.current?.knowledge_id;
    return known ?? this.#places.get(sessionId) ?? this.#knowledgeId;
  }

  /** Calls `onEnd` for every end until the returned function is called. */
  listen(onEnd: OnEnd): () => void {
    this.#listeners.add(onEnd);
    return () => void this.#listeners.delete(onEnd);
  }

  /** Includes or excludes the files of a knowledge base's sessions. */
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

  /** Follows a session from now on, or polls one at once that is followed already. */
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

  /** Shows a session stored before a reload. Its poller finds out if it still exists. */
  #recall(item: SessionStatusDocument): void {
    if (this.#followed.has(item.session_id)) return;
    this.#live.add(item.session_id);
    this.#begin(item.session_id, { initial: item, recalled: true });
  }

  #isHere({ knowledge_id }: SessionStatusDocument): boolean {
    return this.#knowledgeId === null || knowledge_id === this.#knowledgeId;
  }

  /** Includes or excludes the whole list of a session's files, however long it is. */
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
   * Hides an ended session. One with failures would come back with the next reload, so it is also
   * cleared on the server; the others stay in its history.
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
    // The first answer reveals the length of a session where it is unknown.
    const total = this.#followed.get(sessionId)?.current?.total_files ?? Infinity;
    return total <= FILES_ALWAYS && this.#shown.has(this.placeOf(sessionId) ?? '');
  }

  #ended(progress: Progress): void {
    const { current, sessionId } = progress;
    // The session was cleared elsewhere, or this user may not see it any more.
    if (progress.error?.status === 404) this.#forget(sessionId);
    if (current === null || isLive(current) || !this.#live.delete(sessionId)) return;
    for (const onEnd of [...this.#listeners]) onEnd(current);
    this.#forgetOldest();
  }

  /** Keeps only the last ends on a page that stays open for weeks. */
  #forgetOldest(): void {
    const fine = this.current.filter(({ current }) =>
      current !== null && !isLive(current) && !isWorthShowing(current)
    );
    for (const { sessionId } of fine.slice(MOST_ENDED)) this.#forget(sessionId);
  }

  /** Follows new sessions, and resumes those that polling gave up or that run again. */
  #meet(item: SessionStatusDocument): void {
    const known = this.#followed.get(item.session_id);
    const missed = known !== undefined && !known.following && isLive(item);
    const unwanted = !isLive(item) && this.#dismissed.has(item.session_id);
    if (missed || (known === undefined && isWorthShowing(item) && !unwanted)) {
      this.follow(item.session_id, item);
    }
  }
}

/** A dismissed session is not followed any more; only a reload needs the stored list. */
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
