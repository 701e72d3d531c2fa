/**
 * Those in this tab who want to know of sessions, and what they have been told.
 *
 * @module
 */
import type { Pace } from '../options.ts';
import type { PollEvent } from '../state.ts';
import type { Known, Memory } from './memory.ts';
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

  get empty(): boolean {
    return this.#told.size === 0;
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
    return this.members.map(wantOf);
  }

  /** Tells those who have just come what is known already. */
  welcome(): void {
    for (const [subscriber, told] of [...this.#told]) {
      if (told.version !== null) continue;
      const known = this.#memory.recent(wantOf(subscriber), this.#now());
      if (known) this.#show(subscriber, told, known, null);
    }
  }

  /** Takes in a round, and tells everybody their part. */
  take(round: Round): void {
    for (const entry of round.entries) this.#remember(entry);
    const entries = new Map(round.entries.map((entry) => [entry.sessionId, entry]));
    const end = round.entries.find(endsAll);
    for (const [subscriber, told] of [...this.#told]) {
      const entry = end ?? entries.get(subscriber.sessionId);
      if (entry) this.#tell(subscriber, told, entry, round.serverTimeMs);
      if (round.whole) told.delayMs = round.delayMs;
    }
    const ids = [...entries.keys(), ...this.members.map(({ sessionId }) => sessionId)];
    if (round.whole) this.#memory.keepOnly(new Set(ids));
  }

  /** Whether the round lacks something that this tab wants. */
  misses({ entries, whole }: Round): boolean {
    const told = new Map(entries.map((entry) => [entry.sessionId, entry]));
    return this.members.some(({ sessionId }) => {
      const entry = told.get(sessionId);
      return entry ? entry.version !== null && !this.#memory.get(sessionId) : whole;
    });
  }

  #remember({ sessionId, version, document }: Entry): void {
    if (version === null) return;
    const known = this.#memory.get(sessionId);
    if (known?.version === version) this.#memory.confirm(sessionId, this.#now());
    else if (document) this.#memory.put(sessionId, document, this.#now(), version);
    else this.#memory.forget(sessionId);
  }

  #tell(subscriber: Subscriber, told: Told, entry: Entry, serverTimeMs: number | null): void {
    const known = this.#memory.get(entry.sessionId);
    if (entry.event) call(subscriber, toPollEvent(entry.event), told.delayMs);
    else if (known) this.#show(subscriber, told, known, serverTimeMs);
  }

  #show(subscriber: Subscriber, told: Told, known: Known, serverTimeMs: number | null): void {
    const at = this.#now();
    const { document, version } = known;
    const event: PollEvent = told.version === version
      ? { type: 'unchanged', at, serverTimeMs }
      : { type: 'answered', at, serverTimeMs, document };
    told.version = version;
    call(subscriber, event, told.delayMs);
  }
}

function wantOf(subscriber: Subscriber): Want {
  const { sessionId, pace } = subscriber;
  return { sessionId, pace, files: subscriber.files() };
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
