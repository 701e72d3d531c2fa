/**
 * Those in this tab who want to know of sessions, and what they have been told.
 *
 * @module
 */
import type { Pace } from '../options.ts';
import type { PollEvent } from '../state.ts';
import type { Memory } from './memory.ts';
import { endsAll, type Entry, type Round, toPollEvent, type Want } from './round.ts';

/** Who wants to know of a session. */
export interface Subscriber {
  readonly sessionId: string;
  readonly pace: Pace;
  /** Whether its files are wanted; asked before every question. */
  files(): boolean;
  /** `delayMs` is the wait that was chosen before this answer. */
  take(event: PollEvent, delayMs: number): void;
  /** This user is not the one that asks any more: to be subscribed anew. */
  move(): void;
}

interface Told {
  version: string | null;
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

  /** Whether somebody has not been told anything yet. */
  get waits(): boolean {
    return [...this.#told.values()].some(({ version }) => version === null);
  }

  add(subscriber: Subscriber): void {
    this.#told.set(subscriber, { version: null, delayMs: 0 });
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

  /** Takes in a round, and tells everybody their part. */
  take({ entries, delayMs, serverTimeMs }: Round): void {
    for (const [id, entry] of entries) this.#remember(id, entry);
    this.#memory.keepOnly(entries);
    const end = [...entries.values()].find(endsAll);
    for (const [subscriber, told] of [...this.#told]) {
      const entry = end ?? entries.get(subscriber.sessionId);
      if (entry) this.#tell(subscriber, told, entry, serverTimeMs);
      told.delayMs = delayMs;
    }
  }

  /** Whether a round says nothing of a session, or that it has a document which is not here. */
  misses({ entries }: Round): boolean {
    return this.members.some(({ sessionId }) => {
      const entry = entries.get(sessionId);
      return !entry || entry.version !== null && !this.#memory.has(sessionId);
    });
  }

  #remember(id: string, { version, document }: Entry): void {
    if (version === null || this.#memory.get(id)?.version === version) return;
    if (document) this.#memory.set(id, { version, document });
    else this.#memory.delete(id);
  }

  #tell(subscriber: Subscriber, told: Told, entry: Entry, serverTimeMs: number | null): void {
    const { delayMs } = told;
    if (entry.event) return call(subscriber, toPollEvent(entry.event), delayMs);
    const known = this.#memory.get(subscriber.sessionId);
    if (!known) return;
    const { document, version } = known;
    const event: PollEvent = told.version === version
      ? { type: 'unchanged', at: this.#now(), serverTimeMs }
      : { type: 'answered', at: this.#now(), serverTimeMs, document };
    told.version = version;
    call(subscriber, event, delayMs);
  }
}

/** What one callback throws is for nobody else to suffer from. */
function call(subscriber: Subscriber, event: PollEvent, delayMs: number): void {
  try {
    subscriber.take(event, delayMs);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
