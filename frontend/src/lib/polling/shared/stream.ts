/**
 * One stream of requests for all followed sessions of one user: of this tab, or of all tabs of the
 * browser.
 *
 * Pull, coalesced by a leader: the leading tab runs the only {@link AskLoop} and sends its answers
 * to all tabs as rounds. Each tab feeds its own pollers, so that callbacks run in their own tab.
 * Documents are sent when they have changed, when some tab waits for one, and in every fifth round.
 * This covers tabs that come later, a change of leader and lost messages alike.
 *
 * @module
 */
/// <reference lib="dom" />
import type { PollingOptions } from '../options.ts';
import { isVisible, listenForPage, pageTargets, type WakeTargets } from '../wakeups.ts';
import { AskLoop, isOnline, type LoopHost } from './ask-loop.ts';
import { Audience, type Subscriber } from './audience.ts';
import { type Asking, Crew, type CrewHost } from './crew.ts';
import { identityOf } from './identity.ts';
import type { Memory } from './memory.ts';
import { type Answers, type Round, toRound, type Want } from './round.ts';
import type { Sharing } from './sharing.ts';

/** Rounds from one with all documents to the next, for tabs that missed one unknowingly. */
const WHOLE_EVERY = 5;

export class SessionStream implements LoopHost, CrewHost {
  readonly options: PollingOptions;
  readonly identity: string;
  readonly sharing: Sharing | null;
  readonly #targets: WakeTargets;
  readonly #memory: Memory = new Map();
  readonly #audience: Audience;
  readonly #loop: AskLoop;
  #crew: Crew | null = null;
  /** True if this tab polls, for itself or for all. */
  #asks = false;
  #stopListening: (() => void) | null = null;
  /** The demand last sent to the leader, as JSON. */
  #said = '';
  /** Some tab may lack documents: the next round has them all. */
  #lacking = false;
  #rounds = 0;

  /** Without `sharing`, polls for this tab alone. */
  constructor(options: PollingOptions, identity: string, sharing: Sharing | null) {
    this.options = options;
    this.identity = identity;
    this.sharing = sharing;
    this.#targets = options.wakeTargets ?? pageTargets();
    this.#audience = new Audience(this.#memory, options.now ?? Date.now);
    this.#loop = new AskLoop(this, options, this.#memory);
  }

  /** True without subscribers; then nothing is running either. */
  get idle(): boolean {
    return this.#audience.members.length === 0;
  }

  subscribe(subscriber: Subscriber): void {
    this.#audience.add(subscriber);
    this.#stopListening ??= listenForPage(this.#targets, this);
    this.#join();
    this.#settle();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#audience.remove(subscriber);
    if (!this.idle) return this.#settle();
    this.#stopListening?.();
    this.#stopListening = null;
    this.sleep();
  }

  /** Polls at once, within the server's `Retry-After` and the limit of `AskLoop.ask`. */
  askNow(again = true): void {
    if (this.#asks) this.#loop.ask(again);
    else this.#crew?.say(true);
  }

  #join(): void {
    if (this.sharing === null) this.#asks = true;
    else if (this.#crew === null) {
      this.#crew = new Crew(this, this.sharing, this.identity, this.options.random);
      this.#crew.join();
    }
  }

  /** Waits until all subscriptions of this task are known. */
  #settle(): void {
    queueMicrotask(() => {
      if (this.#asks) this.#loop.askFor(this.#audience.wants(), this.#audience.waits);
      else this.#sayChanges();
    });
  }

  #sayChanges(): void {
    if (JSON.stringify(this.#audience.wants()) !== this.#said) this.#crew?.say();
  }

  // Callbacks of the page.

  wake(): void {
    this.#join();
    this.askNow(false);
  }

  turn(): void {
    this.#crew?.turn();
  }

  sleep(): void {
    this.follow();
    this.#crew?.leave();
    this.#crew = null;
  }

  // Callbacks of the crew.

  visible(): boolean {
    return isVisible(this.#targets);
  }

  asking(now: boolean): Asking {
    const wants = this.#audience.wants();
    this.#said = JSON.stringify(wants);
    return { wants, waits: this.#audience.waits, now };
  }

  lead(): void {
    this.#asks = true;
    this.#loop.ask();
  }

  follow(): void {
    this.#asks = false;
    this.#loop.stop();
  }

  asked({ wants, waits, now }: Asking): void {
    this.#lacking ||= waits;
    this.#loop.askFor(wants, waits, now);
  }

  heard(round: Round): void {
    if (this.#hasMoved()) return;
    // If this tab leads next, it keeps to the `Retry-After` that the last leader received.
    this.#loop.notBefore = round.notBefore;
    this.#audience.take(round);
    if (this.idle) return;
    if (this.#audience.misses(round)) this.#crew?.say();
    else this.#sayChanges();
  }

  // Callbacks of the loop.

  wants(): readonly Want[] {
    if (this.#hasMoved()) return [];
    return [...this.#audience.wants(), ...this.#crew?.wants() ?? []];
  }

  deliver(answers: Answers, changed: ReadonlySet<string>, delayMs: number): void {
    this.#rounds += 1;
    const all = this.#lacking || this.#rounds % WHOLE_EVERY === 0;
    const isNews = (id: string) => all || changed.has(id);
    const round = {
      ...toRound(answers, this.#memory, isNews, isOnline(this.options)),
      delayMs,
      notBefore: this.#loop.notBefore,
    };
    this.#lacking = false;
    this.#crew?.tell(round);
    this.#audience.take(round);
  }

  /** Moves the subscribers if the user has changed: answers for one user never reach another. */
  #hasMoved(): boolean {
    if (identityOf(this.options) === this.identity) return false;
    for (const subscriber of this.#audience.members) subscriber.move();
    return true;
  }
}
