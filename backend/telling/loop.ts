/**
 * Delivers all due events: one loop a process, any number of processes.
 *
 * @module
 */
import type { Database } from '../database/connection.ts';
import { DueLoop } from '../database/due-loop.ts';
import { deliver, type DeliverContext } from './deliver.ts';
import {
  claimMails,
  claimPosts,
  cleanDeliveries,
  type DueMail,
  type DuePost,
  release,
  secondsToNext,
  TELLING_CHANNEL,
} from './deliveries.ts';

export interface LoopOptions extends Omit<DeliverContext, 'db'> {
  readonly db: Database;
  /** Concurrent deliveries. @default 16 */
  readonly concurrency?: number | undefined;
  /** Concurrent deliveries to one endpoint. @default 4 */
  readonly perEndpoint?: number | undefined;
  /**
   * Lease of a delivery, which blocks other processes after a crash: longer than an attempt.
   * @default 60
   */
  readonly leaseSeconds?: number | undefined;
  readonly log: (message: string) => void;
}

/** Pause while due deliveries wait for another one of their endpoint. */
const BLOCKED_MS = 1_000;
const CLEAN_MS = 10 * 60_000;
/** Grace period of an attempt in progress when the process stops. */
const GRACE_MS = 3_000;

/** Starts delivering. `stop` releases deliveries in progress. */
export async function startTelling(options: LoopOptions): Promise<{ stop(): Promise<void> }> {
  const teller = new Teller(options);
  const wake = () => teller.look();
  const subscription = await options.db.listen(TELLING_CHANNEL, wake, wake);
  return {
    async stop() {
      await subscription.unlisten();
      await teller.stop();
    },
  };
}

class Teller {
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #loop: DueLoop;

  constructor(private readonly options: LoopOptions) {
    this.#loop = new DueLoop({
      look: () => this.#look(),
      clean: { everyMs: CLEAN_MS, work: () => cleanDeliveries(options.db.orm) },
      onError: (error) => options.log(`Looking for who is to be told failed: ${error}`),
    });
  }

  look(): void {
    this.#loop.look();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    const reason = new Error('The process stops');
    const timer = setTimeout(() => this.#stopping.abort(reason), GRACE_MS);
    await Promise.all(this.#running);
    clearTimeout(timer);
  }

  async #look(): Promise<number | null> {
    const { db, concurrency = 16, sendMail } = this.options;
    const taken = await this.#claim(concurrency - this.#running.size);
    for (const due of taken) this.#start(due);
    // The end of any delivery triggers the next look.
    if (this.#running.size >= concurrency) return null;
    const seconds = await secondsToNext(db.orm, sendMail !== null);
    if (seconds === null) return null;
    return seconds <= 0 && taken.length === 0 ? BLOCKED_MS : seconds * 1000;
  }

  async #claim(free: number): Promise<(DuePost | DueMail)[]> {
    const { db, sendMail, perEndpoint = 4, leaseSeconds = 60 } = this.options;
    if (free <= 0) return [];
    const posts = await claimPosts(db.orm, { most: free, leaseSeconds, perEndpoint });
    const most = free - posts.length;
    const mails = sendMail && most > 0 ? await claimMails(db.orm, { most, leaseSeconds }) : [];
    return [...posts, ...mails];
  }

  #start(due: DuePost | DueMail): void {
    const running = this.#deliver(due).finally(() => {
      this.#running.delete(running);
      this.look();
    });
    this.#running.add(running);
  }

  async #deliver(due: DuePost | DueMail): Promise<void> {
    const { db, log } = this.options;
    const { signal } = this.#stopping;
    try {
      await deliver({ ...this.options, db: db.orm }, due, signal);
    } catch (error) {
      // After an unexpected error the lease stays: it delays the next attempt.
      if (!signal.aborted) log(`Delivery ${due.id} could not be made: ${error}`);
      else await release(db.orm, due).catch(() => false);
    }
  }
}
