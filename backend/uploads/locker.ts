/**
 * One writer to an upload, in all processes that share a database.
 *
 * A connection that died unnoticed still holds its upload when its sender comes back, so the same
 * sender takes over at once. Another sender (a second tab, say) is refused with 423 for as long as
 * bytes come in, and takes over from one that has stalled.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Lock, Locker, RequestRelease } from '@tus/utils';
import type { LeaseLocks } from '../database/lease-locks.ts';
import { uploadLock } from '../database/unsettled-upload.ts';

export interface UploadLocks {
  /** The locks as one sender sees them. Null, a sender without a name, takes over from anybody. */
  of(sender: string | null): Locker;
  /** Says that bytes came in: the upload's holder is well. */
  touch(id: string): void;
  /** Says that the row of an upload is behind its storage: its lock stays as a mark of that. */
  leaveUnsettled(id: string): void;
  /**
   * Does something while nobody writes to an upload; null where somebody does. Where that fails, the
   * upload is left unsettled.
   */
  ifFree<T>(id: string, work: () => Promise<T>): Promise<T | null>;
}

export interface UploadLocksOptions {
  readonly locks: LeaseLocks;
  /** Tells the other processes that `sender` asks for an upload. */
  ask(id: string, sender: string | null): Promise<void>;
  /** Calls back for what other processes ask. */
  onAsked(listener: (id: string, sender: string | null) => void): void;
  /** A holder to whom no byte came for so long has stalled. @default 10_000 */
  readonly stalledMs?: number;
  /** Longest wait for a holder that was asked to let go. @default 5_000 */
  readonly waitMs?: number;
}

interface Holder {
  readonly sender: string | null;
  readonly release: RequestRelease;
  touchedAt: number;
  unsettled: boolean;
  readonly free: PromiseWithResolvers<void>;
}

/** Another process is asked this often while it holds what is wanted here. */
const ASK_AGAIN_MS = 100;

export function createUploadLocks(options: UploadLocksOptions): UploadLocks {
  const { locks, stalledMs = 10_000, waitMs = 5_000 } = options;
  const holders = new Map<string, Holder>();

  /** Asks who holds an upload here to let go. False where it has a right to keep it. */
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

/** Throws when the deadline has passed before or the signal aborts meanwhile. */
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
