/**
 * The tabs of one browser and user, one of which asks for all.
 *
 * - A Web Lock makes the **leader**. Whoever else waits for it in the browser's queue is there at
 *   once when the leader closes, crashes or leaves.
 * - A **hidden leader** asks on, but names a visible tab as its successor, which takes the lock.
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
/** Browsers let timers of hidden pages wait for up to a minute. */
const HIDDEN_PATIENCE_MS = 90_000;
/** Share of its patience by which tabs differ, so that not all lose it together. */
const SPREAD = 0.4;

/** A tab says what it wants. */
export interface Asking {
  readonly wants: readonly Want[];
  readonly visible: boolean;
  /** Ask out of turn, or right after the question on its way. */
  readonly now: boolean;
  /** Sessions whose document this tab has not got. */
  readonly lacks: readonly string[];
  /** Somebody here has no answer yet. */
  readonly waits: boolean;
}

type News =
  | { readonly type: 'asking'; readonly asking: Asking }
  | { readonly type: 'bye' }
  /** A sign of life; with `began`, everybody should say what they want. */
  | { readonly type: 'lead'; readonly began: boolean }
  | { readonly type: 'round'; readonly round: Round }
  | { readonly type: 'successor'; readonly to: string };

/** What goes through the channel; `from` names the tab. */
export type Message = News & { readonly from: string };

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

interface Peer {
  asking: Asking;
  /** Ends waiting for its lock. */
  watch: AbortController | null;
}

export class Crew {
  readonly #host: CrewHost;
  readonly #sharing: Sharing;
  readonly #name: string;
  readonly #tab: string;
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
    tab: string,
    random: () => number,
  ) {
    this.#host = host;
    this.#sharing = sharing;
    this.#name = channelName(identity);
    this.#tab = tab;
    this.#random = random;
  }

  /** Takes part. What cannot be shared (a sandboxed frame, say) is asked for by this tab alone. */
  join(): void {
    try {
      this.#channel = this.#sharing.openChannel(this.#name);
      this.#channel.onmessage = ({ data }) => this.#hear(data as Message);
      this.#hold(this.#lockOf(this.#tab), {}, () => {
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
    this.#post({ type: 'bye' });
    this.#close();
  }

  /** What the others want, for the leader. */
  wants(): Want[] {
    return [...this.#peers.values()].flatMap(({ asking }) => asking.wants);
  }

  /** Tells the leader what this tab wants; a leader looks for a successor instead. */
  say(now = false): void {
    if (this.#leads) return this.#findSuccessor();
    // Whoever is heard of without a lock of its own would be taken for dead.
    if (!this.#present) return;
    this.#post({ type: 'asking', asking: this.#host.asking(now) });
  }

  /** Hands out answers. */
  tell(round: Round): void {
    this.#post({ type: 'round', round });
    this.#beat();
    this.#findSuccessor();
  }

  /** Nobody waits any longer for these, which have come to their end. */
  settle(ended: ReadonlySet<string>): void {
    for (const peer of this.#peers.values()) {
      const wants = peer.asking.wants.filter(({ sessionId }) => !ended.has(sessionId));
      peer.asking = { ...peer.asking, wants };
    }
  }

  /** This tab was shown or hidden. */
  turn(): void {
    if (!this.#leads) this.#wait();
  }

  #hear(message: Message): void {
    if (message.type === 'bye') this.#forget(message.from);
    else if (message.type === 'asking') this.#note(message.from, message.asking);
    else if (!this.#leads) this.#follow(message);
  }

  #follow(message: Exclude<News, { type: 'bye' | 'asking' }>): void {
    this.#wait();
    if (message.type === 'round') this.#host.heard(message.round);
    else if (message.type === 'lead') {
      if (message.began) this.say();
    } else if (message.to === this.#tab && this.#host.visible()) this.#take();
  }

  #note(tab: string, asking: Asking): void {
    const known = this.#peers.get(tab);
    if (known) known.asking = asking;
    else this.#peers.set(tab, { asking, watch: null });
    if (!this.#leads) return;
    this.#watch(tab);
    if (!known) this.#beat();
    this.#host.asked(asking);
    this.#findSuccessor();
  }

  #forget(tab: string): void {
    this.#peers.get(tab)?.watch?.abort();
    this.#peers.delete(tab);
  }

  #queue(): void {
    this.#queued = new AbortController();
    this.#reach({ signal: this.#queued.signal });
  }

  /** Takes the lock from whoever has it. */
  #take(): void {
    this.#queued.abort();
    this.#wait();
    this.#reach({ steal: true });
  }

  #reach(options: { signal?: AbortSignal; steal?: boolean }): void {
    let reign = 0;
    this.#hold(this.#lockOf('leader'), options, () => {
      reign = ++this.#reign;
      this.#lead();
    }).catch(() => {
      if (this.#left.signal.aborted) return;
      if (reign > 0 && reign === this.#reign) this.#lose();
      else if (reign === 0 && !options.signal?.aborted) this.#alone();
    });
  }

  #lead(): void {
    this.#leads = true;
    this.#queued.abort();
    this.#post({ type: 'lead', began: true });
    for (const tab of this.#peers.keys()) this.#watch(tab);
    this.#beat();
    this.#host.lead();
  }

  /** The lock was taken away. */
  #lose(): void {
    this.#leads = false;
    for (const peer of this.#peers.values()) {
      peer.watch?.abort();
      peer.watch = null;
    }
    this.#host.follow();
    this.#queue();
    this.#wait();
    this.say();
  }

  readonly #alone = (): void => {
    if (this.#left.signal.aborted) return;
    this.#close();
    this.#leads = true;
    this.#host.lead();
  };

  #close(): void {
    this.#left.abort();
    this.#queued.abort();
    clearTimeout(this.#timer);
    for (const tab of [...this.#peers.keys()]) this.#forget(tab);
    if (this.#channel) this.#channel.onmessage = null;
    this.#channel?.close();
    this.#channel = null;
  }

  /** Only a visible tab is better than a hidden one. */
  #findSuccessor(): void {
    if (!this.#leads || this.#host.visible()) return;
    const visible = [...this.#peers].filter(([, { asking }]) => asking.visible);
    // Another one each time, as one of them may hang.
    const [to] = visible[Math.floor(this.#random() * visible.length)] ?? [];
    if (to !== undefined) this.#post({ type: 'successor', to });
  }

  #watch(tab: string): void {
    const peer = this.#peers.get(tab);
    if (!peer || peer.watch) return;
    const watch = new AbortController();
    peer.watch = watch;
    this.#sharing.locks.request(this.#lockOf(tab), { signal: watch.signal }, () => {
      if (!watch.signal.aborted) this.#peers.delete(tab);
      return Promise.resolve();
    }).catch(() => {});
  }

  /** Holds a lock from when it is granted until leaving. */
  async #hold(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    held: () => void,
  ): Promise<void> {
    const { signal: left } = this.#left;
    await this.#sharing.locks.request(name, options, () => {
      // Of a request that was given up when it could not be any more.
      if (left.aborted || options.signal?.aborted) return Promise.resolve();
      held();
      return new Promise<void>((resolve) => left.addEventListener('abort', () => resolve()));
    });
  }

  #beat(): void {
    clearTimeout(this.#timer);
    if (this.#peers.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#post({ type: 'lead', began: false });
      this.#beat();
    }, HEARTBEAT_MS);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const patience = this.#host.visible() ? PATIENCE_MS : HIDDEN_PATIENCE_MS;
    this.#timer = setTimeout(() => this.#take(), patience * (1 + SPREAD * this.#random()));
  }

  #post(news: News): void {
    this.#channel?.postMessage({ ...news, from: this.#tab } satisfies Message);
  }

  #lockOf(holder: string): string {
    return `${this.#name}:${holder}`;
  }
}
