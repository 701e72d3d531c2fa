/**
 * One stream of requests for all sessions that are followed in the name of one user: of this tab,
 * or of all tabs of the browser.
 *
 * Pull, coalesced by a leader: whoever leads the crew runs the only {@link AskLoop} and hands its
 * answers to all tabs as rounds; each tab feeds its own pollers, so that callbacks are each tab's
 * own. Documents travel only when they have changed. A round names the version of each, and a tab
 * that has another one says so and is sent the document: that covers lost messages, tabs that come
 * later and a change of leader alike.
 *
 * @module
 */
/// <reference lib="dom" />
import type { PollingOptions } from '../options.ts';
import { listenForPage, type PageEvents, pageTargets } from '../wakeups.ts';
import { AskLoop, isOnline, type LoopHost } from './ask-loop.ts';
import { Audience, type Subscriber } from './audience.ts';
import { type Asking, Crew, type CrewHost } from './crew.ts';
import { identityOf } from './identity.ts';
import { Memory } from './memory.ts';
import { type Answers, goesOn, type Round, toRound, type Want } from './round.ts';
import type { Sharing } from './sharing.ts';

export class SessionStream implements LoopHost, CrewHost, PageEvents {
  readonly options: PollingOptions;
  readonly identity: string;
  readonly sharing: Sharing | null;
  /** Names this tab; there are no UUIDs in an insecure context. */
  readonly #tab = String(Math.random());
  readonly #memory = new Memory(this.#tab);
  readonly #audience: Audience;
  readonly #loop: AskLoop;
  #crew: Crew | null = null;
  /** Whether this tab asks, for itself or for all. */
  #asks = false;
  #stopListening: (() => void) | null = null;
  #asleep = false;
  #settling = false;
  /** The wants that the leader knows of. */
  #said = '';
  /** Sessions whose document some tab has not got. */
  readonly #lacked = new Set<string>();

  /** Asks for this tab alone without `sharing`. */
  constructor(options: PollingOptions, identity: string, sharing: Sharing | null) {
    this.options = options;
    this.identity = identity;
    this.sharing = sharing;
    this.#audience = new Audience(this.#memory, options.now ?? Date.now);
    this.#loop = new AskLoop(this, options, this.#memory);
  }

  /** Nobody is subscribed, and nothing is left running. */
  get idle(): boolean {
    return this.#audience.members.length === 0;
  }

  subscribe(subscriber: Subscriber): void {
    this.#audience.add(subscriber);
    if (this.#stopListening === null) {
      this.#stopListening = listenForPage(this.options.wakeTargets ?? pageTargets(), this);
      this.#join();
    }
    this.#settle();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#audience.remove(subscriber);
    if (!this.idle) return this.#settle();
    this.#stopListening?.();
    this.#stopListening = null;
    this.#part();
  }

  /** Asks at once, unless the server wants to be left alone or too many hurry. */
  askNow(): void {
    if (this.#asks) this.#loop.ask();
    else this.#crew?.say(true);
  }

  #join(): void {
    this.#asks = this.sharing === null;
    if (this.sharing === null) return;
    const { random = Math.random } = this.options;
    this.#crew = new Crew(this, this.sharing, this.identity, this.#tab, random);
    this.#crew.join();
  }

  #part(): void {
    this.#loop.stop();
    this.#crew?.leave();
    this.#crew = null;
    this.#asks = false;
  }

  /** Once for all that is subscribed and unsubscribed in one go. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    queueMicrotask(() => {
      this.#settling = false;
      if (this.#asks) this.#loop.askFor(this.#audience.wants(), this.#audience.waits);
      else this.#sayChanges();
    });
  }

  #sayChanges(): void {
    if (JSON.stringify(this.#audience.wants()) !== this.#said) this.#crew?.say();
  }

  // What the page tells.

  readonly wake = (): void => {
    if (this.#asks) this.#loop.ask(false);
    else this.#crew?.say(true);
  };

  readonly turn = (): void => {
    this.#crew?.turn();
    this.#crew?.say();
    if (this.visible()) this.wake();
  };

  readonly sleep = (): void => {
    this.#asleep = true;
    this.#part();
  };

  readonly rise = (): void => {
    if (this.#asleep) this.#join();
    this.#asleep = false;
    this.wake();
  };

  // What the crew tells.

  visible(): boolean {
    const { document } = this.options.wakeTargets ?? pageTargets();
    return document?.visibilityState !== 'hidden';
  }

  asking(now: boolean): Asking {
    const wants = this.#audience.wants();
    this.#said = JSON.stringify(wants);
    const lacks = wants.map(({ sessionId }) => sessionId).filter((id) => !this.#memory.has(id));
    const waits = lacks.length > 0 || this.#audience.waits;
    return { wants, lacks, waits, now, visible: this.visible() };
  }

  lead(): void {
    this.#asks = true;
    this.#loop.ask();
  }

  follow(): void {
    this.#asks = false;
    this.#loop.stop();
  }

  asked({ wants, lacks, waits, now }: Asking): void {
    for (const id of lacks) this.#lacked.add(id);
    if (now) this.#loop.ask();
    else this.#loop.askFor(wants, waits);
  }

  heard(round: Round): void {
    if (this.#hasMoved()) return;
    // Should this tab be the next to lead, it keeps to what the server asked of the last.
    for (const { event } of round.entries.values()) {
      if (event?.error.retryAfterMs) this.#loop.rest(event.error.retryAfterMs);
    }
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
    const online = isOnline(this.options);
    const news = new Set([...changed, ...this.#lacked]);
    const round = toRound(answers, this.#memory, { news, delayMs, online });
    this.#lacked.clear();
    this.#crew?.tell(round);
    this.#crew?.settle(new Set([...answers.keys()].filter((id) => !goesOn(answers, id))));
    this.#audience.take(round);
  }

  /** Answers for another user are none of these subscribers' business, and the other way round. */
  #hasMoved(): boolean {
    if (typeof this.options.token !== 'function') return false;
    if (identityOf(this.options) === this.identity) return false;
    for (const subscriber of this.#audience.members) subscriber.move();
    return true;
  }
}
