/**
 * What a worker runs jobs with, in the process of a test: it takes and runs one job at a time.
 *
 * @module
 */
import { connect, type Database } from '../../backend/database/connection.ts';
import { openQueue, type Queue } from '../../backend/queue/boss.ts';
import { createHost } from '../../backend/queue/host.ts';
import { jobKinds } from '../../backend/queue/job-kind.ts';
import { Outage } from '../../backend/queue/outage.ts';
import type { RunContext, RunSignals } from '../../backend/queue/run-context.ts';
import { gatedReader } from './gated-reader.ts';
import type { Installation } from './installation.ts';
import { jobs } from './app-jobs.ts';

export interface InProcessWorker {
  readonly db: Database;
  readonly queue: Queue;
  readonly context: RunContext;
  readonly log: string[];
  close(): Promise<void>;
}

/** For `beforeAll`; `afterAll` calls `close` before that of the installation. */
export async function createInProcessWorker(app: Installation): Promise<InProcessWorker> {
  const db = connect(app.url, { max: 4 });
  const queue = await openQueue(app.url, { onError: (error) => app.complaints.push(`${error}`) });
  const host = gatedReader(createHost(), app.gates);
  const log: string[] = [];
  return {
    db,
    queue,
    log,
    context: {
      db,
      queue,
      host,
      worker: 'the test',
      workDir: `${app.dataDir}/work`,
      modelDir: `${app.dataDir}/models`,
      kinds: jobKinds(jobs),
      outage: new Outage(),
      localBytes: (path) => Promise.resolve({ path, async [Symbol.asyncDispose]() {} }),
      log: (message) => void log.push(message),
    },
    async close() {
      await host.close();
      await queue.stop();
      await db.close();
    },
  };
}

/** Signals that nothing aborts. */
export const undisturbed = (): RunSignals => ({
  giveWay: new AbortController().signal,
  stop: new AbortController().signal,
});
