/**
 * Leader election among the tabs of one browser and user; the leader polls for all.
 *
 * - A Web Lock makes the **leader**. The other tabs queue for it, so that one of them leads at
 *   once when the leader closes, crashes or leaves.
 * - A **hidden leader** polls on until a visible tab sees that it is hidden, and steals the lock.
 * - Each tab has a lock of its own while it takes part, and the leader queues for each of them. It
 *   gets one only when that tab is gone, and then drops that tab's demand.
 * - The leader sends at least one message per heartbeat. A tab that receives none for longer than
 *   its **patience** steals the lock: a leader that hangs or is frozen blocks no other tab.
 *
 * @module
 */
import type { Round, Want } from './round.ts';
import { type Channel, channelName, type Sharing } from './sharing.ts';

const HEARTBEAT_MS = 2_000;
/** Milliseconds that a visible tab waits for a message of the leader before it steals the lock. */
const PATIENCE_MS = 5_000;
/** Milliseconds that it waits if the leader is hidden, so that another tab may take over first. */
const SUCCESSION_MS = 50;
/** Patience of a hidden tab, milliseconds: browsers delay its timers by up to a minute. */
const HIDDEN_PATIENCE_MS = 90_000;
/** Jitter of the patience, as a share of it, so that tabs do not all steal the lock together. */
const SPREAD = 0.4;

/** Demand of one tab. */
export interface Asking {
  readonly wants: readonly Want[];
  /** Request out of turn, or right after the pending request. */
  readonly now: boolean;
  /** A subscriber has no answer yet, or a session's document is not cached here. */
  readonly waits: boolean;
}

type News =
  | { readonly type: 'asking'; readonly asking: Asking }
  /** A heartbeat; with `began`, every tab should send its demand. */
  | { readonly type: 'lead'; readonly began: boolean }
  | { readonly type: 'round'; readonly round: Round };

/** Message of the channel. `from` identifies the tab, `visible` is its visibility. */
export type Message = News & { readonly from: string; readonly visible: boolean };

export interface CrewHost {
  /** True if this tab is visible. */
  visible(): boolean;
  /** Demand of this tab; called for each message that sends it. */
  asking(now: boolean): Asking;
  /** This tab polls from now on: it leads, or it cannot share with other tabs. */
  lead(): void;
  /** Another tab polls for this one from now on. */
  follow(): void;
  /** Another tab has sent its demand to this one, the leader. */
  asked(asking: Asking): void;
  /** The leader has sent answers. */
  heard(round: Round): void;
}

type LockRequest = Parameters<Sharing['locks']['request']>[1];

interface Peer {
  asking: Asking;
  /** True if the leader has queued for its lock. */
  watched: boolean;
}

export class Crew {
  readonly #host: CrewHost;
  readonly #sharing: Sharing;
  readonly #name: string;
  /** Identifies this tab; there are no UUIDs in an insecure context. */
  readonly #tab = String(Math.random());
  readonly #random: () => number;
  readonly #peers = new Map<string, Peer>();
  readonly #left = new AbortController();
  #channel: Channel | null = null;
  /** Aborts the place in the queue for the leader's lock. */
  #queued = new AbortController();
  #present = false;
  #leads = false;
  /** Distinguishes the current leader's lock from one granted before. */
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

  /** Joins the election. Where sharing fails (a sandboxed frame, say) this tab polls alone. */
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

  /** Leaves for good; nothing keeps running. A crew is joined once. */
  leave(): void {
    this.#left.abort();
    this.#queued.abort();
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#channel = null;
  }

  /** Demand of the other tabs, for the leader. */
  wants(): Want[] {
    return [...this.#peers.values()].flatMap(({ asking }) => asking.wants);
  }

  /** Sends this tab's demand to the leader; a leader sends a heartbeat. */
  say(now = false): void {
    if (this.#leads) this.#post({ type: 'lead', began: false });
    // The leader would take a tab without a lock of its own for dead.
    else if (this.#present) this.#post({ type: 'asking', asking: this.#host.asking(now) });
  }

  /** Sends answers to the other tabs. */
  tell(round: Round): void {
    this.#post({ type: 'round', round });
    this.#beat();
  }

  /** Handles a change of this tab's visibility. */
  turn(): void {
    if (!this.#leads) this.#wait();
    this.say();
  }

  #hear(message: Message): void {
    // This message was on its way when the tab left.
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
    // A visible tab has to learn at once that its leader is hidden.
    if (!this.#host.visible()) this.say();
  }

  #queue(): void {
    this.#queued = new AbortController();
    this.#reach({ signal: this.#queued.signal });
  }

  /** Steals the leader's lock. */
  #take(): void {
    this.#wait();
    this.#reach({ steal: true });
  }

  #reach(options: LockRequest): void {
    let reign = 0;
    this.#hold('leader', options, () => {
      // A tab that stole the lock and then hangs should not be next again by its old place in the
      // queue.
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

  /** Handles the loss of the leader's lock to another tab. */
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

  /** Queues for the lock of a tab, which is granted when that tab has left or died. */
  #watch(tab: string): void {
    const peer = this.#peers.get(tab);
    if (!peer || peer.watched) return;
    peer.watched = true;
    const forget = () => Promise.resolve(void this.#peers.delete(tab));
    this.#request(tab, { signal: this.#left.signal }, forget).catch(() => {});
  }

  /** Holds a lock from its grant until leaving. */
  #hold(holder: string, options: LockRequest, held: () => void): Promise<void> {
    const { signal: left } = this.#left;
    return this.#request(holder, options, () => {
      // A stolen lock cannot be declined before it is granted.
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
