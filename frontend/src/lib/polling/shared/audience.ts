/**
 * Subscribers of this tab, with the last document each has received.
 *
 * @module
 */
import type { Pace } from '../options.ts';
import type { PollEvent } from '../state.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { keepOnly, learn, type Memory } from './memory.ts';
import { endsAll, type Entry, type Round, toPollEvent, type Want } from './round.ts';

/** Subscriber to a session. */
export interface Subscriber {
  readonly sessionId: string;
  readonly pace: Pace;
  /** True if its files are wanted; called before every request. */
  files(): boolean;
  /** `delayMs` is the wait that was chosen before this answer. */
  take(event: PollEvent, delayMs: number): void;
  /** The stream's user has changed: subscribe to another stream. */
  move(): void;
}

interface Told {
  document: SessionStatusDocument | null;
  delayMs: number;
}

export class Audience {
  readonly #memory: Memory;
  readonly #now: () => number;
  readonly #told = new Map<Subscriber, Told>();

  constructor(memory: Memory, now: () => number) {
    this.#memory = memory;
    this.#now = now;
  }

  get members(): Subscriber[] {
    return [...this.#told.keys()];
  }

  /** True if a subscriber has no document yet, or the session's document is not cached here. */
  get waits(): boolean {
    return [...this.#told].some(([{ sessionId }, { document }]) =>
      document === null || !this.#memory.has(sessionId)
    );
  }

  add(subscriber: Subscriber): void {
    this.#told.set(subscriber, { document: null, delayMs: 0 });
  }

  remove(subscriber: Subscriber): void {
    this.#told.delete(subscriber);
  }

  wants(): Want[] {
    return this.members.map((one) => {
      const { sessionId, pace } = one;
      return { sessionId, pace, files: one.files() };
    });
  }

  /** Applies a round, and notifies each subscriber of its part. */
  take({ entries, delayMs, serverTimeMs }: Round): void {
    for (const [id, { document }] of entries) if (document) learn(this.#memory, id, document);
    keepOnly(this.#memory, entries);
    const end = [...entries.values()].find(endsAll);
    for (const [subscriber, told] of [...this.#told]) {
      const entry = end ?? entries.get(subscriber.sessionId);
      if (entry) this.#tell(subscriber, told, entry, serverTimeMs);
      told.delayMs = delayMs;
    }
  }

  /** True if a round lacks a subscribed session, or refers to a document not cached here. */
  misses({ entries }: Round): boolean {
    return this.members.some(({ sessionId }) => {
      const entry = entries.get(sessionId);
      return !entry || !entry.event && !this.#memory.has(sessionId);
    });
  }

  #tell(subscriber: Subscriber, told: Told, entry: Entry, serverTimeMs: number | null): void {
    const { delayMs } = told;
    if (entry.event) return call(subscriber, toPollEvent(entry.event), delayMs);
    const document = this.#memory.get(subscriber.sessionId);
    if (!document) return;
    const event: PollEvent = told.document === document
      ? { type: 'unchanged', at: this.#now(), serverTimeMs }
      : { type: 'answered', at: this.#now(), serverTimeMs, document };
    told.document = document;
    call(subscriber, event, delayMs);
  }
}

/** Isolates the other subscribers from an error in a callback. */
function call(subscriber: Subscriber, event: PollEvent, delayMs: number): void {
  try {
    subscriber.take(event, delayMs);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
