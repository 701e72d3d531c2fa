/**
 * One stream of requests for all sessions that are followed in the name of one user: of this tab,
 * or of all tabs of the browser.
 *
 * Pull, coalesced by a leader: whoever leads the crew runs the only {@link AskLoop} and hands its
 * answers to all tabs as rounds; each tab feeds its own pollers, so that callbacks are each tab's
 * own. Documents travel when they have changed, when some tab waits for one, and in every fifth
 * round: that covers tabs that come later, a change of leader and lost messages alike.
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

/** So often a round has all documents, for a tab that has missed one without knowing it. */
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
  /** Whether this tab asks, for itself or for all. */
  #asks = false;
  #stopListening: (() => void) | null = null;
  /** The wants that the leader knows of. */
  #said = '';
  /** Some tab may not have all documents: they are all sent once more. */
  #lacking = false;
  #rounds = 0;

  /** Asks for this tab alone without `sharing`. */
  constructor(options: PollingOptions, identity: string, sharing: Sharing | null) {
    this.options = options;
    this.identity = identity;
    this.sharing = sharing;
    this.#targets = options.wakeTargets ?? pageTargets();
    this.#audience = new Audience(this.#memory, options.now ?? Date.now);
    this.#loop = new AskLoop(this, options, this.#memory);
  }

  /** Nobody is subscribed, and nothing is left running. */
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

  /** Asks at once, unless the server wants to be left alone or too many hurry. See `AskLoop.ask`. */
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

  /** When all that is subscribed and unsubscribed in one go is known. */
  #settle(): void {
    queueMicrotask(() => {
      if (this.#asks) this.#loop.askFor(this.#audience.wants(), this.#audience.waits);
      else this.#sayChanges();
    });
  }

  #sayChanges(): void {
    if (JSON.stringify(this.#audience.wants()) !== this.#said) this.#crew?.say();
  }

  // What the page tells.

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

  // What the crew tells.

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
    // Should this tab be the next to lead, it keeps to what the server asked of the last.
    this.#loop.notBefore = round.notBefore;
    this.#audience.take(round);
    if (this.idle) return;
    if (this.#audience.misses(round)) this.#crew?.say();
    else this.#sayChanges();
  }

  // What the loop asks for and brings.

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

  /** Answers for another user are none of these subscribers' business, and the other way round. */
  #hasMoved(): boolean {
    if (identityOf(this.options) === this.identity) return false;
    for (const subscriber of this.#audience.members) subscriber.move();
    return true;
  }
}
