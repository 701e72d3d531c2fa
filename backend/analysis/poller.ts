/**
 * Advances all due operations: one loop a process, any number of processes.
 *
 * @module
 */
import { DueLoop } from '../database/due-loop.ts';
import { advance, type AdvanceContext } from './advance.ts';
import {
  claimDue,
  cleanOperations,
  type DueOperation,
  OPERATION_CHANNEL,
  release,
  renewLease,
  secondsToNext,
} from './operations.ts';

export interface PollerOptions extends AdvanceContext {
  /** Concurrent operations. @default 16 */
  readonly concurrency?: number;
  /** Lease of an operation, which blocks other processes after a crash. @default 15 */
  readonly leaseSeconds?: number;
  readonly log: (message: string) => void;
}

const CLEAN_MS = 30_000;
/** Grace period of a submit in progress when the process stops; polls are aborted at once. */
const GRACE_MS = 5_000;

/** Starts polling. `stop` releases operations in progress. */
export async function startPoller(options: PollerOptions): Promise<{ stop(): Promise<void> }> {
  const poller = new Poller(options);
  const wake = () => poller.look();
  const subscription = await options.db.listen(OPERATION_CHANNEL, wake, wake);
  return {
    async stop() {
      await subscription.unlisten();
      await poller.stop();
    },
  };
}

interface Running {
  readonly submits: boolean;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

class Poller {
  readonly #running = new Set<Running>();
  readonly #loop: DueLoop;

  constructor(private readonly options: PollerOptions) {
    this.#loop = new DueLoop({
      look: () => this.#look(),
      clean: { everyMs: CLEAN_MS, work: () => cleanOperations(options.db.orm) },
      onError: (error) => options.log(`Looking for operations failed: ${error}`),
    });
  }

  look(): void {
    this.#loop.look();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    const running = [...this.#running];
    const abort = (only: (each: Running) => boolean) =>
      running.filter(only).forEach((each) => each.abort.abort(new Error('The process stops')));
    abort(({ submits }) => !submits);
    const timer = setTimeout(() => abort(() => true), GRACE_MS);
    await Promise.all(running.map(({ done }) => done));
    clearTimeout(timer);
  }

  async #look(): Promise<number | null> {
    const { db, concurrency = 16, leaseSeconds = 15 } = this.options;
    const free = concurrency - this.#running.size;
    if (free > 0) {
      for (const due of await claimDue(db.orm, free, leaseSeconds)) this.#start(due, leaseSeconds);
    }
    // The end of any operation triggers the next look.
    if (this.#running.size >= concurrency) return null;
    const seconds = await secondsToNext(db.orm);
    return seconds === null ? null : seconds * 1000;
  }

  #start(operation: DueOperation, leaseSeconds: number): void {
    const abort = new AbortController();
    const done = this.#run(operation, leaseSeconds, abort).finally(() => {
      this.#running.delete(running);
      this.look();
    });
    const running = { submits: operation.location === null, abort, done };
    this.#running.add(running);
  }

  async #run(operation: DueOperation, leaseSeconds: number, abort: AbortController): Promise<void> {
    const { db, log } = this.options;
    const renewing = setInterval(() => {
      renewLease(db.orm, operation, leaseSeconds).then((held) => {
        if (!held) abort.abort(new Error('Another process has this operation'));
      }).catch((error) => log(`An operation's lease could not be renewed: ${error}`));
    }, leaseSeconds * 1000 / 3);
    try {
      await advance(this.options, operation, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) log(`Operation ${operation.id} could not be moved on: ${error}`);
      // After an unexpected error the lease stays: it delays the next attempt.
      else await release(db.orm, operation).catch(() => false);
    } finally {
      clearInterval(renewing);
    }
  }
}
