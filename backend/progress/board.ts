/**
 * The board: an in-memory cache of the sessions that are being polled. It subscribes to every
 * change (LISTEN/NOTIFY) and reads the changed sessions by one statement. One more statement a
 * second finds the changes of missed notifications. A read from the cache costs no query.
 *
 * @module
 */
import { Kept } from '../memory/kept.ts';
import { Echo } from './echo.ts';
import type { SessionRead, Wanted } from './read.ts';
import { SharedTurns } from './shared-turns.ts';
import { Snapshot } from './snapshot.ts';

/** Subscriber to the changes and the eviction of an entry. */
export interface Follower {
  changed(): void;
  forgotten(): void;
}

/** A session on the board, with or without its files. */
export interface Entry extends Wanted {
  /** Null if the session does not exist. */
  readonly snapshot: Snapshot | null;
  /** Subscribers. An entry with at least one is not evicted when idle. */
  readonly followers: Set<Follower>;
}

/** Data source of the board. */
export interface BoardSource {
  read(wanted: readonly Wanted[]): Promise<readonly (SessionRead | null)[]>;
  versions(wanted: readonly Wanted[]): Promise<readonly (string | null)[]>;
  /** Sends a payload to every subscriber of the channel, this board included. */
  say(payload: string): Promise<void>;
}

export interface BoardOptions {
  /** Limit for all cached sessions together, bytes. @default 64 MiB */
  readonly maxBytes?: number;
  /** Interval between two checks for missed changes, milliseconds. @default 1_000 */
  readonly checkMs?: number;
  /** Time without a request after which an entry is evicted, milliseconds. @default 40_000 */
  readonly forgetMs?: number;
  /**
   * Burst of reads that check the database for changes although no notification came; refilled by
   * one a second. Many pollers thus cost the database no more than one, and a single poller gets
   * the latest state. @default 200
   */
  readonly looks?: number;
  /** @default performance.now */
  readonly now?: () => number;
}

interface Place extends Entry {
  snapshot: Snapshot | null;
  known: boolean;
  version: string | null;
  askedAt: number;
  /** Moment at which the session becomes stale unless it is written. */
  staleAt: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
export const TICK_MS = 250;
/**
 * Positions in the queue move with every change of any session; they are read at most this often,
 * milliseconds.
 */
const PLACES_MS = 500;
/**
 * Idle lifetime of an entry for a session that does not exist, milliseconds: such polls are short.
 */
const FORGET_MISSING_MS = 5_000;
/**
 * Least pause between two reads of changes, milliseconds, so that simultaneous changes are read
 * together.
 */
const GAP_MS = 10;
/**
 * Longest pause after a slow read, such as that of thousands of files, milliseconds. Changes still
 * arrive within 300 ms.
 */
const MOST_GAP_MS = 100;
/** Lifetime of cached state while the channel is disconnected, milliseconds. */
const DEAF_MS = 200;
/**
 * Time since the last successful check after which cached state is no longer trusted, milliseconds.
 */
const BELIEVED_MS = 5_000;
const MOST_AT_ONCE = 1_000;

export class Board {
  readonly #source: BoardSource;
  readonly #checkMs: number;
  readonly #forgetMs: number;
  readonly #mostLooks: number;
  readonly #now: () => number;
  readonly #kept: Kept<string, Place>;
  readonly #byId = new Map<string, Set<Place>>();
  readonly #due = new Set<Place>();
  readonly #echo: Echo;
  readonly #readings: SharedTurns;
  readonly #ticking = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #settling: Promise<void> | null = null;
  #checking: Promise<void> | null = null;
  #checkedAt = -Infinity;
  /** Time of the last check since the channel disconnected. */
  #deafCheckAt = -Infinity;
  #placesAt = -Infinity;
  #placesMoved = false;
  #looks: number;
  #looksAt = -Infinity;
  #hears = false;
  #missed = false;
  #doubted = false;

  /** True if cached entries may be sent without {@link read}. */
  trusted = false;
  stopped = false;

  constructor(source: BoardSource, options: BoardOptions = {}) {
    this.#source = source;
    this.#checkMs = options.checkMs ?? 1_000;
    this.#forgetMs = options.forgetMs ?? 40_000;
    this.#mostLooks = options.looks ?? 200;
    this.#looks = this.#mostLooks;
    this.#now = options.now ?? (() => performance.now());
    this.#echo = new Echo((payload) => source.say(payload));
    const pace = { gapMs: GAP_MS, mostGapMs: MOST_GAP_MS, now: this.#now };
    this.#readings = new SharedTurns(() => this.#readNow(), pace);
    this.#kept = new Kept(options.maxBytes ?? MAX_BYTES, (place) => this.#dropped(place));
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  /**
   * Returns sessions in the order requested. Entries that are not cached yet are read; simultaneous
   * requests share the read.
   */
  async read(wanted: readonly Wanted[]): Promise<Entry[]> {
    await this.#settle();
    const places = wanted.map((each) => this.#placeOf(each));
    if (places.every((place) => place.known)) await this.#lookAt(places);
    for (const place of places) if (!place.known) this.#due.add(place);
    if (places.some((place) => this.#due.has(place))) await this.#readDue();
    return places;
  }

  /** Reports whether an entry is cached and notifies its followers of changes. */
  has(entry: Entry): boolean {
    return this.#byId.get(entry.id)?.has(entry as Place) === true;
  }

  /** Marks entries as requested now. */
  touch(entries: readonly Entry[]): void {
    const at = this.#now();
    for (const entry of entries) (entry as Place).askedAt = at;
  }

  /**
   * Invalidates the cache after a write through this process (read-your-writes): the next read
   * waits for the notification of that write.
   */
  doubt(): void {
    this.#doubted = true;
    this.#weigh();
  }

  /**
   * Handles a payload of the channel: a session's id, empty for all sessions, or a marker of this
   * process.
   */
  heard(payload: string): void {
    if (this.#echo.takes(payload)) return;
    const changed = payload === '' ? this.#kept.values() : this.#byId.get(payload) ?? [];
    for (const place of changed) this.#due.add(place);
    this.#placesMoved = true;
    if (this.#due.size > 0) this.#readSoon();
  }

  /** Handles a new connection of the channel: earlier notifications were missed. */
  listening(): void {
    this.#hears = true;
    this.#missed = this.#kept.size > 0;
    this.#weigh();
    if (this.#missed) this.#settle().catch(() => {});
  }

  /** Handles a disconnect of the channel. */
  deaf(): void {
    this.#hears = false;
    this.#deafCheckAt = -Infinity;
    this.#echo.giveUp();
    this.#weigh();
  }

  /** Calls `work` every `TICK_MS` while the board has an entry. */
  onTick(work: () => void): void {
    this.#ticking.add(work);
  }

  stop(): void {
    this.stopped = true;
    this.#hears = false;
    this.#weigh();
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    for (const place of [...this.#kept.values()]) place.followers.forEach((each) => each.changed());
  }

  #weigh(): void {
    this.trusted = this.#hears && !this.#missed && !this.#doubted && !this.stopped;
  }

  /**
   * Compares versions with the database, within the rate limit: a notification may still be on its
   * way.
   */
  async #lookAt(places: readonly Place[]): Promise<void> {
    const now = this.#now();
    this.#looks = Math.min(this.#mostLooks, this.#looks + (now - this.#looksAt) / 1_000);
    this.#looksAt = now;
    if (this.#looks < 1) return;
    this.#looks -= 1;
    await this.#compare(places);
  }

  /** Resolves when every write before this call is on the board. */
  async #settle(): Promise<void> {
    if (this.trusted) return;
    // A catch-up that began earlier may have missed the latest write.
    if (this.#settling) await this.#settling.catch(() => {});
    if (this.trusted) return;
    this.#settling ??= this.#catchUp().finally(() => this.#settling = null);
    await this.#settling;
  }

  async #catchUp(): Promise<void> {
    const doubted = this.#doubted;
    this.#doubted = false;
    try {
      if (!this.#hears || this.#missed) {
        const recent = !this.#missed && !doubted && this.#now() - this.#deafCheckAt < DEAF_MS;
        if (!recent) await this.#checkAnew();
        this.#missed = false;
      } else if (doubted && this.#kept.size > 0) {
        const heardAll = await this.#echo.comesBack();
        if (!heardAll || !this.#hears) await this.#checkAnew();
        await this.#readDue();
      }
    } catch (error) {
      this.#doubted ||= doubted;
      throw error;
    } finally {
      this.#weigh();
    }
  }

  #placeOf({ id, files }: Wanted): Place {
    const key = keyOf(id, files);
    const known = this.#kept.get(key);
    const place = known ?? {
      id,
      files,
      snapshot: null,
      followers: new Set<Follower>(),
      known: false,
      version: null,
      askedAt: 0,
      staleAt: Infinity,
    };
    place.askedAt = this.#now();
    if (!known) {
      this.#byId.set(id, (this.#byId.get(id) ?? new Set()).add(place));
      this.#kept.set(key, place, 0);
      this.#timer ??= this.#startTicking();
    }
    return place;
  }

  #startTicking(): ReturnType<typeof setInterval> {
    // The board was empty, so no change can have been missed.
    this.#checkedAt = this.#now();
    return setInterval(() => this.#tick(), TICK_MS);
  }

  #dropped(place: Place): void {
    const places = this.#byId.get(place.id);
    places?.delete(place);
    if (places?.size === 0) this.#byId.delete(place.id);
    // An entry that waits for its first read stays due: its reader still gets the result.
    if (place.known) this.#due.delete(place);
    place.followers.forEach((each) => each.forgotten());
  }

  /** Reads the entries that are due. */
  #readDue(): Promise<void> {
    return this.#readings.take();
  }

  /**
   * Reads in the background. A failure makes the cache untrusted, so that the next read reports it.
   */
  #readSoon(): void {
    this.#readDue().catch(() => this.#lostTrack());
  }

  #lostTrack(): void {
    this.#missed = true;
    this.#weigh();
  }

  async #readNow(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    try {
      while (due.length > 0) {
        const some = due.slice(0, MOST_AT_ONCE);
        const readAt = this.#now();
        const read = await this.#source.read(some);
        some.forEach((place, at) => this.#note(place, read[at] ?? null, readAt));
        due.splice(0, MOST_AT_ONCE);
      }
    } finally {
      for (const place of due) this.#due.add(place);
    }
  }

  #note(place: Place, read: SessionRead | null, readAt: number): void {
    const before = place.snapshot;
    const known = place.known;
    const snapshot = read && new Snapshot(read);
    place.known = true;
    place.version = read?.version ?? null;
    // A session that is stale already stays so until it is written.
    const freshMs = 1_000 * (read?.freshSeconds ?? Infinity);
    place.staleAt = freshMs < 0 ? Infinity : readAt + freshMs;
    if (known && (snapshot === before || (before && snapshot?.isSameAs(before)))) return;
    place.snapshot = snapshot;
    const key = keyOf(place.id, place.files);
    if (this.has(place)) this.#kept.set(key, place, snapshot?.bytes ?? 0);
    place.followers.forEach((each) => each.changed());
  }

  #tick(): void {
    const now = this.#now();
    for (const work of this.#ticking) work();
    const moved = this.#placesMoved && now - this.#placesAt >= PLACES_MS;
    for (const place of [...this.#kept.values()]) {
      if (this.#isForgotten(place, now)) {
        this.#kept.delete(keyOf(place.id, place.files));
        this.#dropped(place);
      } else if (now >= place.staleAt || (moved && place.snapshot?.hasPlace)) this.#due.add(place);
    }
    if (moved) [this.#placesAt, this.#placesMoved] = [now, false];
    if (this.#kept.size === 0) {
      clearInterval(this.#timer ?? undefined);
      this.#timer = null;
      return;
    }
    if (this.#due.size > 0) this.#readSoon();
    if (now - this.#checkedAt > BELIEVED_MS) this.#lostTrack();
    if (now - this.#checkedAt >= this.#checkMs - TICK_MS / 2) {
      this.#check().catch(() => this.#lostTrack());
    }
  }

  #isForgotten(place: Place, now: number): boolean {
    const forgetMs = place.snapshot ? this.#forgetMs : FORGET_MISSING_MS;
    return place.known && place.followers.size === 0 && now - place.askedAt > forgetMs;
  }

  /** Finds changes whose notifications were missed, and reads them. */
  #check(): Promise<void> {
    return this.#checking ??= this.#checkNow().finally(() => this.#checking = null);
  }

  /** A check in flight may have missed the latest change. */
  async #checkAnew(): Promise<void> {
    await this.#checking?.catch(() => {});
    await this.#check();
  }

  async #checkNow(): Promise<void> {
    const begunAt = this.#now();
    const places = [...this.#kept.values()].filter((place) => place.known);
    for (let at = 0; at < places.length; at += MOST_AT_ONCE) {
      await this.#compare(places.slice(at, at + MOST_AT_ONCE));
    }
    this.#checkedAt = begunAt;
    this.#deafCheckAt = begunAt;
    if (this.#due.size > 0) await this.#readDue();
  }

  /** Marks entries as due that were written since they were read. */
  async #compare(places: readonly Place[]): Promise<void> {
    const versions = await this.#source.versions(places);
    places.forEach((place, at) => {
      if (versions[at] !== place.version) this.#due.add(place);
    });
  }
}

const keyOf = (id: string, files: boolean) => `${files ? 'f' : 's'} ${id}`;
