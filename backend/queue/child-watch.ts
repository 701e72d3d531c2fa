/**
 * Watches what a child process takes while it reads one file.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { ReadingLimits } from '../processing/limits.ts';
import { ProcessingError } from '../processing/processor.ts';

export interface ChildWatch {
  /** Rejects with {@link ProcessingError} once the child takes more than it may. */
  readonly exceeded: Promise<never>;
  /** What the end of the child means: that of its memory, if it was near it, or nothing known. */
  explainEnd({ signal, code }: Deno.CommandStatus): Error;
  /** Whether so much was taken that the next file would have to answer for it. */
  readonly heavy: boolean;
  stop(): void;
}

const LOOK_MS = 200;
/** V8 ends a process that finds no memory by one of these. */
const OUT_OF_MEMORY = ['SIGABRT', 'SIGTRAP', 'SIGILL'];

type Limits = Pick<ReadingLimits, 'maxMemoryBytes' | 'maxSeconds'>;

/** @param residentBytes memory of a process, null where that is not known */
export function watchChild(
  pid: number,
  { maxMemoryBytes, maxSeconds }: Limits,
  residentBytes: (pid: number) => number | null = residentBytesOf,
): ChildWatch {
  const exceeded = Promise.withResolvers<never>();
  exceeded.promise.catch(() => {});
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, residentBytes(pid) ?? 0);
    if (peak > maxMemoryBytes) exceeded.reject(tooMuchMemory(maxMemoryBytes));
  };
  const looking = setInterval(look, LOOK_MS);
  const timer = setTimeout(() => exceeded.reject(tooSlow(maxSeconds)), maxSeconds * 1000);
  return {
    exceeded: exceeded.promise,
    explainEnd({ signal, code }) {
      const starved = signal !== null && OUT_OF_MEMORY.includes(signal);
      if (starved && peak > maxMemoryBytes / 2) return tooMuchMemory(maxMemoryBytes);
      return endedUnexpectedly(signal ?? code);
    },
    get heavy() {
      return peak > maxMemoryBytes / 2;
    },
    stop() {
      look();
      clearInterval(looking);
      clearTimeout(timer);
    },
  };
}

/** A kill from outside, by the system for want of memory say, may pass; a crash repeats itself. */
const FROM_OUTSIDE: readonly unknown[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

function endedUnexpectedly(end: Deno.Signal | number): ProcessingError {
  const cause = new Error(`The process that reads files ended unexpectedly: ${end}`);
  return new ProcessingError('processing_failed', message('reading_failed'), {
    cause,
    exception: FROM_OUTSIDE.includes(end) ? null : `ended: ${end}`,
    suspect: true,
  });
}

/** Resident memory as Linux tells it; elsewhere only V8's own limit holds. */
function residentBytesOf(pid: number): number | null {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return null;
  }
}

function tooMuchMemory(maxBytes: number): ProcessingError {
  const megabytes = Math.round(maxBytes / 1024 ** 2);
  return new ProcessingError('too_much_memory', message('too_much_memory', { megabytes }));
}

function tooSlow(seconds: number): ProcessingError {
  return new ProcessingError('too_slow', message('too_slow', { seconds }));
}
