/**
 * When a stream asks: one question at a time, after the wait of whoever is most in a hurry, later
 * after failures, at once when somebody wants it.
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

/** So many questions out of turn are asked within a second, by whomever. */
const MOST_HURRIED = 4;
const HURRY_WINDOW_MS = 1_000;
/** A question that has been on its way for longer may have been lost while this page slept. */
const YOUNG_MS = 1_000;
/** The longest that timers can wait. */
const LONGEST_MS = 2 ** 31 - 1;

type Failed = Extract<StatusAnswer, { kind: 'failed' }>;

export interface LoopHost {
  /** What is wanted now; nothing puts the loop to rest until `ask()`. */
  wants(): readonly Want[];
  /**
   * The sessions in `changed` have another document than before. `delayMs` is the time to the next
   * question, unless somebody hurries.
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
  /** To the next question, or to when the one on its way is given up. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | null = null;
  /** What the question on its way, or the last one, asks for. */
  #wants: readonly Want[] = [];
  #askedAt = 0;
  /** For how long the answer to the question on its way is held; 0: not at all. */
  #heldMs = 0;
  #failures = 0;
  /** Nobody may ask before, because the server said so. */
  notBefore = 0;
  /** Somebody wants an answer to a question that is younger than the one on its way. */
  #again = false;
  /** Questions out of turn since then. */
  #hurried = 0;
  #hurriedAt = 0;

  constructor(host: LoopHost, options: PollingOptions, memory: Memory) {
    this.#host = host;
    this.#options = options;
    this.#memory = memory;
    this.#ask = createAsk(options);
  }

  /**
   * Asks at once, unless the server wants to be let alone. A question on its way is let be while it
   * is young and not held, and given up when it is not: with `again` another one follows right after it.
   */
  ask(again = true): void {
    const now = this.#now();
    if (this.#request && this.#heldMs === 0 && Math.abs(now - this.#askedAt) < YOUNG_MS) {
      this.#again ||= again;
      return;
    }
    this.#request?.abort();
    this.#request = null;
    // Compared by distance, so that a clock that was set back does not hold anybody up.
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
   * Asks at once for what was not asked for the last time, or with more patience, and for what
   * somebody `waits` for, unless the answer is on its way; with `now` in any case.
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

  /** No timer and no request is left. */
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
    // A stop or a younger question has aborted this one.
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
   * The wait before the next question, and for how long that is then held. Silent where a held one
   * has failed: that says nothing of the server, something between us may have cut it off.
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

  /** The wait of whoever is most in a hurry, of those whose session goes on. */
  #plan(wants: readonly Want[], answers: Answers, failed: Failed | undefined): number {
    const { random = Math.random, wakeTargets = pageTargets() } = this.#options;
    const at = this.#now();
    const retryAfterMs = failed?.error.retryAfterMs;
    // Offline: `online` wakes it; the slow question is for browsers that never tell.
    const offline = failed?.reached === false && !isOnline(this.#options);
    if (!failed) this.#failures = 0;
    else if (retryAfterMs !== undefined) this.notBefore = at + retryAfterMs;
    else if (!offline) this.#failures += 1;
    const hidden = !isVisible(wakeTargets);
    // One draw for all: the least of many draws would be hardly any wait at all.
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

/** Whether there is a network at all; true where that is unknown. */
export function isOnline({ isOnline: given }: PollingOptions): boolean {
  return given ? given() : globalThis.navigator?.onLine !== false;
}
