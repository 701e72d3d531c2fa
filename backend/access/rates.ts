/**
 * Rate limits of a user.
 *
 * Tried: rate-limiter-flexible. It compares the wall clock of each process with the stored time.
 * After a clock is set back by two hours, it rejects requests for as long.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';

const WINDOW_MS = 60_000;

/** `poll` is for status requests that every open page repeats, `call` for all others. */
export type Budget = 'poll' | 'call';

export interface RateOptions {
  /** Maximum requests of one user in a minute; null for no limit. */
  readonly perMinute: Readonly<Record<Budget, number | null>>;
  /**
   * Counts calls in the database, for all processes together. Each process counts polls by itself:
   * a query for each would cost more than the poll.
   */
  readonly sharedIn?: Database | undefined;
}

export interface Rates {
  /** Counts a poll. False if the limit is reached. */
  takePoll(userId: string): boolean;
  /** Counts a request. Throws {@link AppError} `too_many_requests` with the seconds to wait. */
  spend(userId: string, budget: Budget): Promise<void>;
}

export function createRates({ perMinute, sharedIn }: RateOptions): Rates {
  const polls = new FixedWindow(perMinute.poll ?? Infinity);
  const calls = perMinute.call === null ? null : counting(perMinute.call, sharedIn);
  return {
    takePoll: (userId) => polls.take(userId),
    async spend(userId, budget) {
      if (budget === 'poll') {
        if (!polls.take(userId)) throw tooMany(polls.msLeft(userId), perMinute.poll);
        return;
      }
      const msLeft = await calls?.(userId) ?? null;
      if (msLeft !== null) throw tooMany(msLeft, perMinute.call);
    },
  };
}

/**
 * Fixed window: a maximum for the minute that begins with the user's first request. It is
 * synchronous and without timers, because polls are frequent.
 */
export class FixedWindow {
  readonly #most: number;
  readonly #now: () => number;
  readonly #windows = new Map<string, { left: number; endsAt: number }>();
  #sweepAt = 0;

  /** @param now monotonic clock, milliseconds */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#now = now;
  }

  /** Counts one. False if the limit is reached. */
  take(key: string): boolean {
    if (this.#most === Infinity) return true;
    const now = this.#now();
    const window = this.#windows.get(key);
    if (window && now < window.endsAt) return --window.left >= 0;
    this.#sweep(now);
    this.#windows.set(key, { left: this.#most - 1, endsAt: now + WINDOW_MS });
    return true;
  }

  /** Milliseconds until the window ends. */
  msLeft(key: string): number {
    return Math.max(0, (this.#windows.get(key)?.endsAt ?? 0) - this.#now());
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + WINDOW_MS;
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(key);
  }
}

/**
 * Counts one request. Resolves to the milliseconds to wait if the limit is reached, else to null.
 */
type Count = (userId: string) => Promise<number | null>;

function counting(perMinute: number, db: Database | undefined): Count {
  const own = new FixedWindow(perMinute);
  const takeOwn = (userId: string) => own.take(userId) ? null : own.msLeft(userId);
  if (!db) return (userId) => Promise.resolve(takeOwn(userId));
  const blocked = new FixedBlocks();
  return async (userId) => {
    const blockedMs = blocked.msLeft(userId);
    if (blockedMs > 0) return blockedMs;
    const counted = await countShared(db.orm, userId).catch(() => null);
    if (counted === null) return takeOwn(userId);
    if (counted.points <= perMinute) return null;
    blocked.add(userId, counted.ms_left);
    return counted.ms_left;
  };
}

/** Users over the limit: no query is needed for them before their window ends. */
class FixedBlocks {
  readonly #endsAt = new Map<string, number>();

  add(key: string, ms: number): void {
    const now = performance.now();
    for (const [each, endsAt] of this.#endsAt) if (endsAt <= now) this.#endsAt.delete(each);
    this.#endsAt.set(key, now + ms);
  }

  msLeft(key: string): number {
    return (this.#endsAt.get(key) ?? 0) - performance.now();
  }
}

/**
 * One row a user, of the current window, by the database's clock. A window that ends later than a
 * minute from now was begun before that clock was set back, and counts as over.
 */
async function countShared(
  db: Executor,
  userId: string,
): Promise<{ points: number; ms_left: number } | null> {
  const now = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
  const runs = sql`(held.expire > ${now} and held.expire <= ${now} + ${WINDOW_MS}::bigint)`;
  const [row] = await db.execute<{ points: number; ms_left: number }>(sql`
    insert into headway.rate as held (key, points, expire)
    values (${`call:${userId}`}, 1, ${now} + ${WINDOW_MS}::bigint)
    on conflict (key) do update set
      points = case when ${runs} then held.points + 1 else 1 end,
      expire = case when ${runs} then held.expire else excluded.expire end
    returning points, greatest(0, expire - ${now})::float8 as ms_left`);
  return row ?? null;
}

function tooMany(msLeft: number, perMinute: number | null): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msLeft / 1000));
  const reason = message('too_many_requests', {
    per_minute: perMinute ?? 0,
    seconds: retryAfterSeconds,
  });
  return new AppError('too_many_requests', reason, { retryAfterSeconds });
}
