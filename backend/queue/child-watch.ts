/**
 * Limits on a child process while it reads one file.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { ReadingLimits } from '../processing/limits.ts';
import { ProcessingError } from '../processing/processor.ts';

export interface ChildWatch {
  /** Rejects with {@link ProcessingError} once the child exceeds a limit. */
  readonly exceeded: Promise<never>;
  /** The error for the child's exit: out of memory if it was near its limit, else unexpected. */
  explainEnd({ signal, code }: Deno.CommandStatus): Error;
  /** True if its memory is so large that the next file might fail because of it. */
  readonly heavy: boolean;
  stop(): void;
}

const LOOK_MS = 200;
/** Signals by which V8 ends a process that runs out of memory. */
const OUT_OF_MEMORY = ['SIGABRT', 'SIGTRAP', 'SIGILL'];

type Limits = Pick<ReadingLimits, 'maxMemoryBytes' | 'maxSeconds'>;

/** @param residentBytes memory of a process, null if unknown */
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

/**
 * Signals from outside, for example of the OOM killer, may be transient; a crash repeats itself.
 */
const FROM_OUTSIDE: readonly unknown[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

function endedUnexpectedly(end: Deno.Signal | number): ProcessingError {
  const cause = new Error(`The process that reads files ended unexpectedly: ${end}`);
  return new ProcessingError('processing_failed', message('reading_failed'), {
    cause,
    exception: FROM_OUTSIDE.includes(end) ? null : `ended: ${end}`,
    suspect: true,
  });
}

/** Resident memory by Linux's `/proc`. On other systems only V8's own limit applies. */
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
