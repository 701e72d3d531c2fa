/**
 * Limits the concurrent uploads of one user, in this process. A newer upload preempts one whose
 * sender is silent.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';

export interface Slots {
  /**
   * Takes a slot. If all are taken, preempts the request whose sender has been silent longest.
   * Throws {@link AppError} `too_many_requests` if bytes come in on all of them.
   */
  take(userId: string): Slot;
}

export interface Slot {
  /** Aborts when a newer request has taken the slot. */
  readonly preempted: AbortSignal;
  /** Marks the request as waiting, or not, for bytes of its sender. */
  setWaiting(waiting: boolean): void;
  /** Releases the slot; idempotent. */
  leave(): void;
}

export interface SlotsOptions {
  /** Silence after which a request may be preempted, milliseconds. @default 2_000 */
  readonly silentMs?: number;
  /** Monotonic, milliseconds. @default performance.now */
  readonly now?: () => number;
}

interface Held {
  /** Null while bytes come in or are being stored. */
  waitingSince: number | null;
  readonly preempting: AbortController;
}

/** @param most concurrent uploads of one user; null for no limit */
export function createSlots(most: number | null, options: SlotsOptions = {}): Slots {
  const { silentMs = 2_000, now = () => performance.now() } = options;
  const taken = new Map<string, Set<Held>>();

  /** The held slot whose sender has been silent longest, if it has been silent for long enough. */
  function silent(held: ReadonlySet<Held>): Held | null {
    let found: Held | null = null;
    for (const each of held) {
      if (each.waitingSince === null || now() - each.waitingSince < silentMs) continue;
      if (found === null || each.waitingSince < found.waitingSince!) found = each;
    }
    return found;
  }

  function remove(userId: string, slot: Held): void {
    const held = taken.get(userId);
    held?.delete(slot);
    if (held?.size === 0) taken.delete(userId);
  }

  return {
    take(userId) {
      const held = taken.get(userId) ?? new Set<Held>();
      if (most !== null && held.size >= most) {
        const idle = silent(held);
        if (!idle) throw tooManyAtOnce(most);
        held.delete(idle);
        idle.preempting.abort();
      }
      const slot: Held = { waitingSince: null, preempting: new AbortController() };
      taken.set(userId, held.add(slot));
      return {
        preempted: slot.preempting.signal,
        setWaiting: (waiting) => slot.waitingSince = waiting ? now() : null,
        leave: () => remove(userId, slot),
      };
    },
  };
}

function tooManyAtOnce(most: number): AppError {
  const reason = message('uploads_at_once', { most });
  return new AppError('too_many_requests', reason, { retryAfterSeconds: 1 });
}
