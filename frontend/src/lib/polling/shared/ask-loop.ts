/**
 * Request scheduling of a stream: one request at a time, after the shortest wait of its
 * subscribers, later after failures, at once on demand.
 *
 * @module
 */
/// <reference lib="dom" />
import { Hold } from '../hold.ts';
import type { PollingOptions } from '../options.ts';
import { Pacer } from '../pacer.ts';
import { delayAfterAnswer, delayAfterFailure } from '../schedule.ts';
import type { StatusAnswer } from '../transport.ts';
import { isVisible, pageTargets } from '../wakeups.ts';
import { type Ask, createAsk } from './asker.ts';
import { keepOnly, learn, type Memory } from './memory.ts';
import { type Answers, goesOn, type Want } from './round.ts';

/** Maximum number of on-demand requests in each window of a second, over all subscribers. */
const MOST_HURRIED = 4;
const HURRY_WINDOW_MS = 1_000;
/** Age in milliseconds after which a pending request may have been lost in a suspended page. */
const YOUNG_MS = 1_000;
/** Maximum delay of a timer, milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

type Failed = Extract<StatusAnswer, { kind: 'failed' }>;

export interface LoopHost {
  /** Current demand; an empty list stops the loop until `ask()`. */
  wants(): readonly Want[];
  /**
   * Delivers answers. The sessions in `changed` have another document than before. `delayMs` is the
   * time to the next request, unless one is sent on demand.
   */
  deliver(answers: Answers, changed: ReadonlySet<string>, delayMs: number): void;
}

export class AskLoop {
  readonly #host: LoopHost;
  readonly #options: PollingOptions;
  readonly #memory: Memory;
  readonly #ask: Ask;
  readonly #pacer = new Pacer();
  readonly #hold = new Hold();
  /** Fires at the next request, or at the timeout of the pending one. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | null = null;
  /** Demand that the pending request, or the last one, covers. */
  #wants: readonly Want[] = [];
  #askedAt = 0;
  /** Hold of the pending request's response, milliseconds; 0: none. */
  #heldMs = 0;
  #failures = 0;
  /** Earliest time of the next request, from the server's `Retry-After`. */
  notBefore = 0;
  /** A newer answer than that of the pending request is wanted. */
  #again = false;
  /** On-demand requests since `#hurriedAt`. */
  #hurried = 0;
  #hurriedAt = 0;

  constructor(host: LoopHost, options: PollingOptions, memory: Memory) {
    this.#host = host;
    this.#options = options;
    this.#memory = memory;
    this.#ask = createAsk(options);
  }

  /**
   * Requests at once, unless the server's `Retry-After` forbids it. A pending request that is young
   * and not held goes on; with `again` another one follows it. Any other pending request is aborted
   * and replaced.
   */
  ask(again = true): void {
    const now = this.#now();
    if (this.#request && this.#heldMs === 0 && Math.abs(now - this.#askedAt) < YOUNG_MS) {
      this.#again ||= again;
      return;
    }
    this.#request?.abort();
    this.#request = null;
    // Compared by distance, so that a clock that was set back blocks no request.
    if (Math.abs(now - this.#hurriedAt) >= HURRY_WINDOW_MS) {
      this.#hurriedAt = now;
      this.#hurried = 0;
    }
    this.#hurried += 1;
    const turn = this.#hurried > MOST_HURRIED ? this.#hurriedAt + HURRY_WINDOW_MS : 0;
    const wait = Math.max(turn, this.notBefore) - now;
    if (wait > 0) this.#schedule(wait);
    else void this.#run();
  }

  /**
   * Requests at once if `wants` has a session, files or a shorter interval that the last request
   * did not cover; with `now` in any case. With `waits` it also requests at once, unless the answer
   * is on its way.
   */
  askFor(wants: readonly Want[], waits: boolean, now = false): void {
    const late = now ||
      !wants.every(({ sessionId, files, pace }) =>
        this.#wants.some((one) =>
          one.sessionId === sessionId && (one.files || !files) && one.pace.interval <= pace.interval
        )
      );
    if (late || waits) this.ask(late);
  }

  /** Leaves no timer and no request. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#again = false;
    this.#request?.abort();
    this.#request = null;
  }

  async #run(heldMs = 0): Promise<void> {
    clearTimeout(this.#timer);
    const wants = this.#host.wants();
    if (wants.length === 0) return;
    const request = new AbortController();
    this.#request = request;
    this.#wants = wants;
    this.#askedAt = this.#now();
    this.#heldMs = heldMs;
    this.#again = false;
    const timeoutMs = Math.min(...wants.map(({ pace }) => pace.requestTimeout));
    this.#timer = setTimeout(() => request.abort(), timeoutMs + heldMs);
    const isKnown = (id: string) => this.#memory.has(id);
    const { signal } = request;
    const answers = await this.#ask(wants, { signal, isKnown, heldMs });
    // This request was aborted by a stop or replaced by a newer one.
    if (this.#request !== request) return;
    clearTimeout(this.#timer);
    this.#request = null;
    const changed = this.#remember(answers);
    const turn = this.#turn(wants, answers, heldMs);
    if (turn.delayMs < LONGEST_MS) this.#schedule(turn.delayMs, turn.heldMs);
    if (!turn.silent) this.#host.deliver(answers, changed, turn.delayMs + turn.heldMs);
    if (this.#again) {
      this.#again = false;
      this.ask();
    }
  }

  #schedule(delayMs: number, heldMs = 0): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(heldMs), delayMs);
  }

  /**
   * Returns the wait before the next request, and the hold of its response. Silent where a long
   * poll failed: a proxy may have cut it off, which is no evidence against the server.
   */
  #turn(wants: readonly Want[], answers: Answers, heldMs: number) {
    const failed = [...answers.values()].find((answer) => answer.kind === 'failed');
    const passes = failed?.error.retryAfterMs === undefined && isOnline(this.#options);
    const silent = heldMs > 0 && failed !== undefined && passes;
    const stepped = failed !== undefined ||
      [...answers.keys()].some((id) => this.#pacer.stepped(id) || !goesOn(answers, id));
    const tookMs = this.#now() - this.#askedAt;
    const restMs = this.#hold.restOf({ heldMs, tookMs, failed: silent, stepped });
    const delayMs = restMs ?? this.#plan(wants, answers, failed);
    const longPoll = Math.min(...wants.map(({ pace }) => pace.longPoll));
    const nextMs = restMs === null && !stepped ? this.#hold.next(longPoll, delayMs) : 0;
    return { delayMs: nextMs > 0 ? 0 : delayMs, heldMs: nextMs, silent };
  }

  #remember(answers: Answers): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const [id, answer] of answers) {
      if (answer.kind === 'document' && learn(this.#memory, id, answer.document)) changed.add(id);
      const document = this.#memory.get(id);
      if (document) this.#pacer.see(document, this.#now());
    }
    keepOnly(this.#pacer, answers);
    return changed;
  }

  /** Shortest wait over the sessions that go on. */
  #plan(wants: readonly Want[], answers: Answers, failed: Failed | undefined): number {
    const { random = Math.random, wakeTargets = pageTargets() } = this.#options;
    const at = this.#now();
    const retryAfterMs = failed?.error.retryAfterMs;
    // Offline: `online` wakes it; the slow poll is for browsers without that event.
    const offline = failed?.reached === false && !isOnline(this.#options);
    if (!failed) this.#failures = 0;
    else if (retryAfterMs !== undefined) this.notBefore = at + retryAfterMs;
    else if (!offline) this.#failures += 1;
    const hidden = !isVisible(wakeTargets);
    // One draw for all: the minimum of many draws would be hardly any wait at all.
    const chance = random();
    const waits = wants.filter(({ sessionId }) => goesOn(answers, sessionId))
      .map(({ sessionId, pace }) => {
        if (offline) return pace.maxInterval;
        if (failed) return delayAfterFailure(pace, this.#failures, retryAfterMs, () => chance);
        const answer = answers.get(sessionId);
        const asked = answer && 'retryAfterMs' in answer ? answer.retryAfterMs : undefined;
        const hints = this.#pacer.hints(sessionId, pace, { retryAfterMs: asked, at, hidden });
        return delayAfterAnswer(pace, hints, () => chance);
      });
    return Math.min(LONGEST_MS, ...waits);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** True if there is a network, or if that is unknown. */
export function isOnline({ isOnline: given }: PollingOptions): boolean {
  return given ? given() : globalThis.navigator?.onLine !== false;
}
