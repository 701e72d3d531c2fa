/**
 * Supervisor of a program's embedded server. After an unexpected end it restarts it on the same
 * folder and port, so that all clients can reconnect.
 *
 * @module
 */
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded.ts';
import { freeBytes, inMB, RESERVED_BYTES } from '../folders/reserve.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
const SPACE_MS = 5_000;
/** Minimum free space for a start: with less, PostgreSQL ends during recovery. */
const START_BYTES = RESERVED_BYTES / 4;
/** Uptime after which the next delay is short again. */
const HEALTHY_MS = 30_000;

export interface KeptPostgres {
  readonly url: string;
  /** Actual folder of the data. */
  readonly dataDir: string;
  stop(): Promise<void>;
}

export interface KeptPostgresOptions extends EmbeddedPostgresOptions {
  /** Receives events of the server, one sentence at a time. */
  readonly report: (message: string) => void;
  /**
   * Receives the reason why the server does not run, without the paths of its files; null once it
   * runs.
   */
  readonly onTrouble?: (trouble: string | null) => void;
  /** @default startEmbeddedPostgres */
  readonly start?: (options: EmbeddedPostgresOptions) => Promise<EmbeddedPostgres>;
  /** Waits before a start. @default by a timer */
  readonly wait?: (ms: number, stop: AbortSignal) => Promise<void>;
}

/**
 * Starts the server. Throws if the first start fails. Later starts are retried with growing pauses,
 * and each reason is reported once.
 */
export async function keepEmbeddedPostgres({
  report,
  onTrouble = () => {},
  start = startEmbeddedPostgres,
  wait = pause,
  ...options
}: KeptPostgresOptions): Promise<KeptPostgres> {
  const stopping = new AbortController();
  let server = await start(options);
  const { url, dataDir } = server;
  const port = Number(new URL(url).port);
  let delayMs = FIRST_DELAY_MS;
  const reported = new Set<string>();

  function reportOnce(message: string): void {
    if (!reported.has(message)) report(message);
    reported.add(message);
  }

  /** Null if it is to stop. */
  async function startAgain(): Promise<EmbeddedPostgres | null> {
    while (true) {
      await wait(delayMs, stopping.signal);
      delayMs = Math.min(LONGEST_DELAY_MS, delayMs * 2);
      if (stopping.signal.aborted) return null;
      try {
        return await start({ ...options, port });
      } catch (error) {
        const { message } = error as Error;
        reportOnce(
          `The database could not be started again: ${message}. It is tried again with growing ` +
            `pauses, at least every ${LONGEST_DELAY_MS / 1000} s`,
        );
        onTrouble(withoutPaths(message));
      }
    }
  }

  async function keep(): Promise<void> {
    while (true) {
      const startedAt = performance.now();
      await server.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > HEALTHY_MS) {
        delayMs = FIRST_DELAY_MS;
        reported.clear();
      }
      reportOnce('The database ended unexpectedly; it is started again');
      onTrouble('It ended unexpectedly');
      await spaceToStart(dataDir, report, stopping.signal);
      const next = await startAgain();
      if (next === null) return;
      server = next;
      if (stopping.signal.aborted) return await server.stop();
      reportOnce('The database runs again');
      onTrouble(null);
    }
  }

  const kept = keep();
  return {
    url,
    dataDir,
    async stop() {
      stopping.abort();
      await server.stop();
      await kept;
    },
  };
}

/** The last failure in PostgreSQL's output, without paths, which are for operators only. */
function withoutPaths(message: string): string {
  const lines = message.split('\n').filter((line) => /\b(FATAL|PANIC|ERROR):/.test(line));
  const line = (lines.at(-1) ?? message).replace(/^.*?(FATAL|PANIC|ERROR):\s*/, '');
  return line.replace(/"?\/[^\s"]+"?/g, '…').trim();
}

/** Resolves when the server can start; reports a full disk once. */
async function spaceToStart(
  dataDir: string,
  report: (message: string) => void,
  stop: AbortSignal,
): Promise<void> {
  for (let reported = false; !stop.aborted; reported = true) {
    const free = await freeBytes(dataDir);
    if (free >= START_BYTES) return;
    if (!reported) {
      report(
        `The disk of the database is full: ${inMB(free)} are free in ${dataDir}. ` +
          `It is started again once ${inMB(START_BYTES)} are free`,
      );
    }
    await pause(SPACE_MS, stop);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  stop.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
