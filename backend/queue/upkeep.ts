/**
 * Looks regularly for what nobody works on any more. Several processes may do so at once.
 *
 * @module
 */
import type { Database } from '../database/connection.ts';
import { sweep } from '../progress/sweep.ts';
import type { Queue } from './boss.ts';

export interface UpkeepOptions {
  readonly db: Database;
  readonly queue: Queue;
  readonly staleSeconds: number;
  readonly retentionSeconds: number;
  /** Waiting for this long raises a job by one class of priority. */
  readonly ageSeconds: number;
  /** @default 5_000 */
  readonly everyMs?: number;
  readonly log: (message: string) => void;
}

/** Starts looking; `stop` waits for a look that is under way. */
export function startUpkeep(options: UpkeepOptions): { stop(): Promise<void> } {
  const { db, queue, everyMs = 5_000, ageSeconds, log, ...rest } = options;
  const stopped = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = true;

  async function run(): Promise<void> {
    while (running) {
      await sweep(db, { ...rest, ...queue, lostJobs: queue.lost }).catch((error) =>
        log(`Looking for stale sessions failed: ${error}`)
      );
      await queue.age(db.orm, ageSeconds).catch((error) => log(`Ageing failed: ${error}`));
      if (!running) break;
      await Promise.race([
        stopped.promise,
        new Promise((resolve) => (timer = setTimeout(resolve, everyMs))),
      ]);
    }
    clearTimeout(timer);
  }

  const done = run();
  return {
    stop() {
      running = false;
      stopped.resolve();
      return done;
    },
  };
}
