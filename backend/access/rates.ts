/**
 * How often a person may ask.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { type SQL, sql } from 'drizzle-orm';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Database } from '../database/connection.ts';

const WINDOW_SECONDS = 60;
const CALLS = 'call';

/** `poll` is for what is asked again and again by every open page, `call` for all else. */
export type Budget = 'poll' | 'call';

export interface RateOptions {
  /** Requests of one person in a minute, at most; null for no limit. */
  readonly perMinute: Readonly<Record<Budget, number | null>>;
  /**
   * Counts calls in the database, for all processes together. Polls are counted by each process:
   * a query for each would cost more than the poll.
   */
  readonly sharedIn?: Database | undefined;
}

export interface Rates {
  /** Counts a poll, where there is room for it. */
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
      try {
        await calls?.consume(userId);
      } catch (error) {
        throw error instanceof RateLimiterRes ? tooMany(error.msBeforeNext, perMinute.call) : error;
      }
    },
  };
}

/**
 * So many in the minute that begins with a person's first. Polls are too many for a promise and a
 * timer each.
 */
export class FixedWindow {
  readonly #most: number;
  readonly #now: () => number;
  readonly #windows = new Map<string, { left: number; endsAt: number }>();
  #sweepAt = 0;

  /** @param now milliseconds */
  constructor(most: number, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** Whether there was room for one more. */
  take(key: string): boolean {
    if (this.#most === Infinity) return true;
    const now = this.#now();
    const window = this.#windows.get(key);
    if (window && now < window.endsAt) return --window.left >= 0;
    this.#sweep(now);
    this.#windows.set(key, { left: this.#most - 1, endsAt: now + 1_000 * WINDOW_SECONDS });
    return true;
  }

  /** Until there is room again. */
  msLeft(key: string): number {
    return Math.max(0, (this.#windows.get(key)?.endsAt ?? 0) - this.#now());
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + 1_000 * WINDOW_SECONDS;
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(key);
  }
}

function counting(points: number, db: Database | undefined): RateLimiterAbstract {
  const insurance = new RateLimiterMemory({
    keyPrefix: CALLS,
    points,
    duration: WINDOW_SECONDS,
  });
  if (!db) return insurance;
  return new RateLimiterPostgres({
    storeClient: { query: (query: Query) => run(db, query) },
    storeType: 'client',
    schemaName: 'headway',
    tableName: 'rate',
    tableCreated: true,
    // There is one row a person, which the next request overwrites.
    clearExpiredByTimeout: false,
    keyPrefix: CALLS,
    points,
    duration: WINDOW_SECONDS,
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: insurance,
  });
}

interface Query {
  readonly text: string;
  readonly values: readonly unknown[];
}

async function run(db: Database, { text, values }: Query): Promise<{ rows: unknown[] }> {
  const pieces = text.split(/\$(\d+)/).map((piece, at): SQL =>
    at % 2 === 0 ? sql.raw(piece) : sql`${values[Number(piece) - 1]}`
  );
  const rows = await db.orm.execute<{ points: number; expire: string | null }>(sql.join(pieces));
  return { rows: rows.map((row) => ({ ...row, expire: Number(row.expire) })) };
}

function tooMany(msLeft: number, perMinute: number | null): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msLeft / 1000));
  const detail =
    `You have sent more than the ${perMinute} requests that are allowed in a minute. ` +
    `Go on in ${retryAfterSeconds} s`;
  return new AppError('too_many_requests', detail, { retryAfterSeconds });
}
