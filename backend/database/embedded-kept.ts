/**
 * The embedded server of a program, kept running: one that ended by itself is started again on the
 * same folder and port, so that everything that is connected to it finds it again.
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
const LONGEST_DELAY_MS = 5_000;
/** Started with less free space, PostgreSQL ends while it recovers. */
const START_BYTES = RESERVED_BYTES / 4;
/** One that ran for so long was well: the next delay is short again. */
const HEALTHY_MS = 30_000;

export interface KeptPostgres {
  readonly url: string;
  /** Where the data really is. */
  readonly dataDir: string;
  stop(): Promise<void>;
}

export interface KeptPostgresOptions extends EmbeddedPostgresOptions {
  /** Takes what happens to the server, one sentence at a time. */
  readonly report: (message: string) => void;
}

/** Starts the server. Throws where it cannot be started the first time. */
export async function keepEmbeddedPostgres(
  { report, ...options }: KeptPostgresOptions,
): Promise<KeptPostgres> {
  const stopping = new AbortController();
  let server = await startEmbeddedPostgres(options);
  const { url, dataDir } = server;
  const port = Number(new URL(url).port);

  async function keep(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (true) {
      const startedAt = performance.now();
      await server.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
      report('The database ended unexpectedly; it is started again');
      await spaceToStart(dataDir, report, stopping.signal);
      let next: EmbeddedPostgres | null = null;
      while (next === null && !stopping.signal.aborted) {
        await pause(delayMs, stopping.signal);
        delayMs = Math.min(LONGEST_DELAY_MS, delayMs * 2);
        if (stopping.signal.aborted) return;
        next = await startEmbeddedPostgres({ ...options, port }).catch((error) => {
          report(`The database could not be started again: ${error.message}`);
          return null;
        });
      }
      if (next === null) return;
      server = next;
      if (stopping.signal.aborted) return await server.stop();
      report('The database runs again');
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
    await pause(LONGEST_DELAY_MS, stop);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  stop.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
