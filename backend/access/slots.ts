/**
 * How many uploads of one person may run at once, in this process. One whose sender is silent makes
 * way for a newer one.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';

export interface Slots {
  /**
   * Takes a slot. Where all are taken it is that of the request whose sender has been silent
   * longest. Throws {@link AppError} `too_many_requests` where bytes come in on all of them.
   */
  take(userId: string): Slot;
}

export interface Slot {
  /** Aborts when a newer request has taken the slot. */
  readonly preempted: AbortSignal;
  /** Whether the request waits for bytes of its sender. */
  setWaiting(waiting: boolean): void;
  /** Gives the slot back; more often than once is no error. */
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

/** @param most at once of one person; null for no limit */
export function createSlots(most: number | null, options: SlotsOptions = {}): Slots {
  const { silentMs = 2_000, now = () => performance.now() } = options;
  const taken = new Map<string, Set<Held>>();

  /** The held slot whose sender has been silent longest, if it has been for long enough. */
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
