/**
 * The tabs of one browser and user, one of which asks for all.
 *
 * - A Web Lock makes the **leader**. Whoever else waits for it in the browser's queue is there at
 *   once when the leader closes, crashes or leaves.
 * - A **hidden leader** asks on until a visible tab hears that it is hidden, and takes the lock.
 * - Each tab holds a lock of its own while it takes part, and the leader waits for each of them: it
 *   gets one only when that tab is dead, and then forgets what the tab wanted.
 * - The leader is never silent for longer than a heartbeat. A tab that hears nothing for longer than
 *   its **patience** takes the lock: a leader that hangs or is frozen silences nobody.
 *
 * @module
 */
import type { Round, Want } from './round.ts';
import { type Channel, channelName, type Sharing } from './sharing.ts';

const HEARTBEAT_MS = 2_000;
/** How long a tab that is looked at waits for a sign of life. */
const PATIENCE_MS = 5_000;
/** How long it waits for another to do so before it takes the place of a leader that is hidden. */
const SUCCESSION_MS = 50;
/** Browsers let timers of hidden pages wait for up to a minute. */
const HIDDEN_PATIENCE_MS = 90_000;
/** Share of its patience by which tabs differ, so that not all lose it together. */
const SPREAD = 0.4;

/** A tab says what it wants. */
export interface Asking {
  readonly wants: readonly Want[];
  /** Ask out of turn, or right after the question on its way. */
  readonly now: boolean;
  /** Somebody here has no answer yet, or some session's document is not here. */
  readonly waits: boolean;
}

type News =
  | { readonly type: 'asking'; readonly asking: Asking }
  /** A sign of life; with `began`, everybody should say what they want. */
  | { readonly type: 'lead'; readonly began: boolean }
  | { readonly type: 'round'; readonly round: Round };

/** What goes through the channel. `from` names the tab, `visible` says whether it can be seen. */
export type Message = News & { readonly from: string; readonly visible: boolean };

export interface CrewHost {
  /** Whether somebody can see this tab. */
  visible(): boolean;
  /** What this tab wants, asked for again whenever it is to be told. */
  asking(now: boolean): Asking;
  /** This tab asks for all from now on: because it leads, or because it can share with nobody. */
  lead(): void;
  /** Another asks for this tab from now on. */
  follow(): void;
  /** Another tab wants something of this one, which leads. */
  asked(asking: Asking): void;
  /** The leader has answers. */
  heard(round: Round): void;
}

type LockRequest = Parameters<Sharing['locks']['request']>[1];

interface Peer {
  asking: Asking;
  /** Whether its lock is waited for. */
  watched: boolean;
}

export class Crew {
  readonly #host: CrewHost;
  readonly #sharing: Sharing;
  readonly #name: string;
  /** Names this tab; there are no UUIDs in an insecure context. */
  readonly #tab = String(Math.random());
  readonly #random: () => number;
  readonly #peers = new Map<string, Peer>();
  readonly #left = new AbortController();
  #channel: Channel | null = null;
  /** Ends the place in the queue for the leader's lock. */
  #queued = new AbortController();
  #present = false;
  #leads = false;
  /** Tells the lock that is held now from one that was held before. */
  #reign = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    host: CrewHost,
    sharing: Sharing,
    identity: string,
    random = Math.random,
  ) {
    this.#host = host;
    this.#sharing = sharing;
    this.#name = channelName(identity);
    this.#random = random;
  }

  /** Takes part. What cannot be shared (a sandboxed frame, say) is asked for by this tab alone. */
  join(): void {
    try {
      this.#channel = this.#sharing.openChannel(this.#name);
      this.#channel.onmessage = ({ data }) => this.#hear(data as Message);
      this.#hold(this.#tab, {}, () => {
        this.#present = true;
        this.say();
      }).catch(this.#alone);
      this.#queue();
      this.#wait();
    } catch {
      this.#alone();
    }
  }

  /** Takes no part any more; nothing is left. A crew is joined once. */
  leave(): void {
    this.#left.abort();
    this.#queued.abort();
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#channel = null;
  }

  /** What the others want, for the leader. */
  wants(): Want[] {
    return [...this.#peers.values()].flatMap(({ asking }) => asking.wants);
  }

  /** Tells the leader what this tab wants; a leader gives a sign of life. */
  say(now = false): void {
    if (this.#leads) this.#post({ type: 'lead', began: false });
    // Whoever is heard of without a lock of its own would be taken for dead.
    else if (this.#present) this.#post({ type: 'asking', asking: this.#host.asking(now) });
  }

  /** Hands out answers. */
  tell(round: Round): void {
    this.#post({ type: 'round', round });
    this.#beat();
  }

  /** This tab was shown or hidden. */
  turn(): void {
    if (!this.#leads) this.#wait();
    this.say();
  }

  #hear(message: Message): void {
    // One that was on its way when this tab left.
    if (this.#left.signal.aborted) return;
    if (message.type === 'asking') this.#note(message.from, message.asking);
    else if (!this.#leads) this.#follow(message);
  }

  #follow(message: Exclude<Message, { type: 'asking' }>): void {
    this.#wait(message.visible);
    if (message.type === 'round') this.#host.heard(message.round);
    else if (message.began) this.say();
  }

  #note(tab: string, asking: Asking): void {
    const known = this.#peers.get(tab);
    if (known) known.asking = asking;
    else this.#peers.set(tab, { asking, watched: false });
    if (!this.#leads) return;
    this.#watch(tab);
    if (!known) this.#beat();
    this.#host.asked(asking);
    // A visible tab should know at once that its leader is hidden.
    if (!this.#host.visible()) this.say();
  }

  #queue(): void {
    this.#queued = new AbortController();
    this.#reach({ signal: this.#queued.signal });
  }

  /** Takes the lock from whoever has it. */
  #take(): void {
    this.#wait();
    this.#reach({ steal: true });
  }

  #reach(options: LockRequest): void {
    let reign = 0;
    this.#hold('leader', options, () => {
      // A thief that hangs later on should not be next again by an old place in the queue.
      if (options.steal) this.#queued.abort();
      reign = ++this.#reign;
      this.#lead();
    }).catch(() => {
      if (this.#left.signal.aborted || options.signal?.aborted) return;
      if (reign === 0) this.#alone();
      else if (reign === this.#reign) this.#lose();
    });
  }

  #lead(): void {
    this.#leads = true;
    this.#post({ type: 'lead', began: true });
    for (const tab of this.#peers.keys()) this.#watch(tab);
    this.#beat();
    this.#host.lead();
  }

  /** The lock was taken away. */
  #lose(): void {
    this.#leads = false;
    this.#host.follow();
    this.#queue();
    this.#wait();
    this.say();
  }

  readonly #alone = (): void => {
    if (this.#left.signal.aborted) return;
    this.leave();
    this.#leads = true;
    this.#host.lead();
  };

  /** Waits for the lock of a tab, which it gets when that has left or died. */
  #watch(tab: string): void {
    const peer = this.#peers.get(tab);
    if (!peer || peer.watched) return;
    peer.watched = true;
    const forget = () => Promise.resolve(void this.#peers.delete(tab));
    this.#request(tab, { signal: this.#left.signal }, forget).catch(() => {});
  }

  /** Holds a lock from when it is granted until leaving. */
  #hold(holder: string, options: LockRequest, held: () => void): Promise<void> {
    const { signal: left } = this.#left;
    return this.#request(holder, options, () => {
      // A lock that is taken by force cannot be declined before.
      if (left.aborted) return Promise.resolve();
      held();
      return new Promise((resolve) => left.addEventListener('abort', () => resolve()));
    });
  }

  #request(holder: string, options: LockRequest, held: () => Promise<void>): Promise<void> {
    return this.#sharing.locks.request(`${this.#name}:${holder}`, options, held);
  }

  #beat(): void {
    clearTimeout(this.#timer);
    if (this.#peers.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#post({ type: 'lead', began: false });
      this.#beat();
    }, HEARTBEAT_MS);
  }

  #wait(ledBySeen = true): void {
    clearTimeout(this.#timer);
    const patience = ledBySeen ? PATIENCE_MS : SUCCESSION_MS;
    const ms = this.#host.visible() ? patience : HIDDEN_PATIENCE_MS;
    this.#timer = setTimeout(() => this.#take(), ms * (1 + SPREAD * this.#random()));
  }

  #post(news: News): void {
    this.#channel?.postMessage({ ...news, from: this.#tab, visible: this.#host.visible() });
  }
}
