/**
 * Lock of one writer to an upload, across all processes that share a database.
 *
 * A dead connection still holds its upload when its sender reconnects, so the same sender preempts
 * it at once. Another sender (a second tab, for example) gets 423 as long as bytes arrive, and
 * preempts a stalled holder.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Lock, Locker, RequestRelease } from '@tus/utils';
import type { LeaseLocks } from '../database/lease-locks.ts';
import { uploadLock } from '../database/unsettled-upload.ts';

export interface UploadLocks {
  /** Locks of one sender. Null, a sender without a name, preempts every holder. */
  of(sender: string | null): Locker;
  /** Records that bytes arrived for the upload's holder. */
  touch(id: string): void;
  /** Marks the row of an upload as behind its storage: its expired lock remains. */
  leaveUnsettled(id: string): void;
  /**
   * Runs `work` if the upload has no writer; null if it has one. A failure leaves the upload
   * unsettled.
   */
  ifFree<T>(id: string, work: () => Promise<T>): Promise<T | null>;
}

export interface UploadLocksOptions {
  readonly locks: LeaseLocks;
  /** Notifies the other processes that `sender` requests an upload. */
  ask(id: string, sender: string | null): Promise<void>;
  /** Subscribes to the requests of other processes. */
  onAsked(listener: (id: string, sender: string | null) => void): void;
  /** Time without bytes after which a holder counts as stalled. @default 10_000 */
  readonly stalledMs?: number;
  /** Maximum wait for a preempted holder. @default 5_000 */
  readonly waitMs?: number;
}

interface Holder {
  readonly sender: string | null;
  readonly release: RequestRelease;
  touchedAt: number;
  unsettled: boolean;
  readonly free: PromiseWithResolvers<void>;
}

/** Interval of requests to another process while it holds the upload. */
const ASK_AGAIN_MS = 100;

export function createUploadLocks(options: UploadLocksOptions): UploadLocks {
  const { locks, stalledMs = 10_000, waitMs = 5_000 } = options;
  const holders = new Map<string, Holder>();

  /** Preempts a holder in this process. False if it may keep the upload. */
  function askHolder(holder: Holder, sender: string | null): boolean {
    const stalled = performance.now() - holder.touchedAt > stalledMs;
    if (sender !== null && sender !== holder.sender && !stalled) return false;
    void holder.release();
    return true;
  }

  options.onAsked((id, sender) => {
    const holder = holders.get(id);
    if (holder) askHolder(holder, sender);
  });
  locks.onLost(() => holders.forEach((holder) => void holder.release()));

  async function take(id: string, holder: Holder, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (let other = holders.get(id); other; other = holders.get(id)) {
      if (!askHolder(other, holder.sender)) throw elsewhere();
      await freed(other, deadline, signal);
    }
    holders.set(id, holder);
    try {
      while (!(await locks.tryLock(uploadLock(id)))) {
        await options.ask(id, holder.sender);
        await pause(ASK_AGAIN_MS, deadline, signal);
      }
    } catch (error) {
      drop(id, holder);
      throw error;
    }
  }

  function drop(id: string, holder: Holder): void {
    if (holders.get(id) === holder) holders.delete(id);
    holder.free.resolve();
  }

  function release(id: string, { unsettled }: Holder): Promise<void> {
    return unsettled ? locks.lapse(uploadLock(id)) : locks.unlock(uploadLock(id));
  }

  async function give(id: string, holder: Holder): Promise<void> {
    try {
      await release(id, holder);
    } finally {
      drop(id, holder);
    }
  }

  function lockOf(id: string, sender: string | null): Lock {
    let holder: Holder | null = null;
    return {
      async lock(signal, release) {
        holder = newHolder(sender, release);
        await take(id, holder, signal);
      },
      async unlock() {
        if (holder) await give(id, holder);
      },
    };
  }

  return {
    of: (sender) => ({ newLock: (id) => lockOf(id, sender) }),
    touch(id) {
      const holder = holders.get(id);
      if (holder) holder.touchedAt = performance.now();
    },
    leaveUnsettled(id) {
      const holder = holders.get(id);
      if (holder) holder.unsettled = true;
    },
    async ifFree(id, work) {
      if (holders.has(id)) return null;
      const holder = newHolder(null, () => {});
      holders.set(id, holder);
      try {
        if (!(await locks.tryLock(uploadLock(id)))) return null;
        return await settling(work, holder).finally(() => release(id, holder));
      } finally {
        drop(id, holder);
      }
    },
  };
}

async function settling<T>(work: () => Promise<T>, holder: Holder): Promise<T> {
  holder.unsettled = true;
  const result = await work();
  holder.unsettled = false;
  return result;
}

function newHolder(sender: string | null, release: RequestRelease): Holder {
  return {
    sender,
    release,
    touchedAt: performance.now(),
    unsettled: false,
    free: Promise.withResolvers(),
  };
}

function elsewhere(): AppError {
  return new AppError('upload_locked', message('upload_elsewhere'), {
    retryAfterSeconds: 2,
  });
}

async function freed({ free }: Holder, deadline: number, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const late = pause(deadline - performance.now(), Infinity, AbortSignal.any([signal, stop.signal]))
    .then(() => {
      throw elsewhere();
    });
  late.catch(() => {});
  await Promise.race([free.promise, late]).finally(() => stop.abort());
}

/** Throws if the deadline has passed, or when the signal aborts. */
async function pause(ms: number, deadline: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (performance.now() > deadline) throw elsewhere();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, ms));
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  await promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  });
}
