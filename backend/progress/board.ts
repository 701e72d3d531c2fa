/**
 * The board: sessions that are being asked for, kept in memory as they stand in the database. It
 * hears of every change (LISTEN/NOTIFY) and reads what changed, all of it by one statement; once a
 * second one statement more finds what it did not hear of. Asking it costs nothing.
 *
 * @module
 */
import { Kept } from '../memory/kept.ts';
import { Echo } from './echo.ts';
import type { SessionRead, Wanted } from './read.ts';
import { SharedTurns } from './shared-turns.ts';
import { Snapshot } from './snapshot.ts';

/** Hears that a session on the board is another one now, or not kept any more. */
export interface Follower {
  changed(): void;
  forgotten(): void;
}

/** A session on the board, with its files or without. */
export interface Entry extends Wanted {
  /** Null: there is no such session. */
  readonly snapshot: Snapshot | null;
  /** As long as there is one, the entry is not forgotten for want of questions. */
  readonly followers: Set<Follower>;
}

/** Where the board has it from. */
export interface BoardSource {
  read(wanted: readonly Wanted[]): Promise<readonly (SessionRead | null)[]>;
  versions(wanted: readonly Wanted[]): Promise<readonly (string | null)[]>;
  /** Sends a payload to everybody who listens, this board too. */
  say(payload: string): Promise<void>;
}

export interface BoardOptions {
  /** What all sessions together may take. @default 64 MiB */
  readonly maxBytes?: number;
  /** Between two looks for changes it did not hear of. @default 1_000 */
  readonly checkMs?: number;
  /** Nobody asked for so long: it is forgotten. @default 40_000 */
  readonly forgetMs?: number;
  /**
   * Questions that look for themselves whether anything was written, though nothing was heard; one
   * more every second. So many cost the database no more than one, and one is told the latest.
   * @default 200
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
  /** Where nobody writes, it becomes stale then. */
  staleAt: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
export const TICK_MS = 250;
/** Places in the queue move with every change of any session; they are looked at no more often. */
const PLACES_MS = 500;
/** Somebody who asks for what is not there does not ask for long. */
const FORGET_MISSING_MS = 5_000;
/** Between two readings for changes, so that those that come together are read together. */
const GAP_MS = 10;
/** After a long one, such as that of thousands of files; news are told within 300 ms all the same. */
const MOST_GAP_MS = 100;
/** While nothing is heard, what is known is true for so long. */
const DEAF_MS = 200;
/** Without a check that succeeded, nothing is believed any more. */
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
  /** The last check since nothing is heard any more. */
  #deafCheckAt = -Infinity;
  #placesAt = -Infinity;
  #placesMoved = false;
  #looks: number;
  #looksAt = -Infinity;
  #hears = false;
  #missed = false;
  #doubted = false;

  /** Whether what is on the board may be told as it is, without {@link read}. */
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
   * Sessions as they stand, in the order asked for. Those that are not on the board yet are read;
   * everybody who asks at the same time shares the reading.
   */
  async read(wanted: readonly Wanted[]): Promise<Entry[]> {
    await this.#settle();
    const places = wanted.map((each) => this.#placeOf(each));
    if (places.every((place) => place.known)) await this.#lookAt(places);
    for (const place of places) if (!place.known) this.#due.add(place);
    if (places.some((place) => this.#due.has(place))) await this.#readDue();
    return places;
  }

  /** Whether an entry is kept, and its followers hear of its changes. */
  has(entry: Entry): boolean {
    return this.#byId.get(entry.id)?.has(entry as Place) === true;
  }

  /** Notes that entries are still asked for. */
  touch(entries: readonly Entry[]): void {
    const at = this.#now();
    for (const entry of entries) (entry as Place).askedAt = at;
  }

  /**
   * Something was changed through this process: whoever asks next waits for the news of it, so that
   * nobody who changed something is told of what was before.
   */
  doubt(): void {
    this.#doubted = true;
    this.#weigh();
  }

  /** A payload of the channel: a session's id, empty for all of them, or a mark of ours. */
  heard(payload: string): void {
    if (this.#echo.takes(payload)) return;
    const changed = payload === '' ? this.#kept.values() : this.#byId.get(payload) ?? [];
    for (const place of changed) this.#due.add(place);
    this.#placesMoved = true;
    if (this.#due.size > 0) this.#readSoon();
  }

  /** The channel is heard from now on; what was said before was missed. */
  listening(): void {
    this.#hears = true;
    this.#missed = this.#kept.size > 0;
    this.#weigh();
    if (this.#missed) this.#settle().catch(() => {});
  }

  /** Nothing is heard from now on. */
  deaf(): void {
    this.#hears = false;
    this.#deafCheckAt = -Infinity;
    this.#echo.giveUp();
    this.#weigh();
  }

  /** Calls `work` a few times a second for as long as anything is on the board. */
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

  /** Where few ask, they need not trust in news that may still be on its way. */
  async #lookAt(places: readonly Place[]): Promise<void> {
    const now = this.#now();
    this.#looks = Math.min(this.#mostLooks, this.#looks + (now - this.#looksAt) / 1_000);
    this.#looksAt = now;
    if (this.#looks < 1) return;
    this.#looks -= 1;
    await this.#compare(places);
  }

  /** Resolves when what was written before this question is on the board. */
  async #settle(): Promise<void> {
    if (this.trusted) return;
    // One that was begun before may not know of it.
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
    // Nothing was on the board: there is nothing that could have been missed.
    this.#checkedAt = this.#now();
    return setInterval(() => this.#tick(), TICK_MS);
  }

  #dropped(place: Place): void {
    const places = this.#byId.get(place.id);
    places?.delete(place);
    if (places?.size === 0) this.#byId.delete(place.id);
    // Whoever waits for its first reading gets that all the same.
    if (place.known) this.#due.delete(place);
    place.followers.forEach((each) => each.forgotten());
  }

  /** Reads what is due. */
  #readDue(): Promise<void> {
    return this.#readings.take();
  }

  /** In the background: where that fails, whoever asks next will know. */
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
    // One that is stale already stays so until it is written.
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

  /** Finds what has changed without being heard, and reads that. */
  #check(): Promise<void> {
    return this.#checking ??= this.#checkNow().finally(() => this.#checking = null);
  }

  /** One that is under way may have passed by what has just changed. */
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

  /** What was written since it was read is due. */
  async #compare(places: readonly Place[]): Promise<void> {
    const versions = await this.#source.versions(places);
    places.forEach((place, at) => {
      if (versions[at] !== place.version) this.#due.add(place);
    });
  }
}

const keyOf = (id: string, files: boolean) => `${files ? 'f' : 's'} ${id}`;
