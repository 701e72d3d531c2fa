/**
 * The worker program with a reader that waits at the gates of a test: see `gated-reader.ts`.
 *
 * @module
 */
import { startHeadwayWorker } from '../../backend/worker.ts';
import { createHost } from '../../backend/queue/host.ts';
import { gatedReader, gatesIn } from './gated-reader.ts';

const setting = (name: string): string => {
  const value = Deno.env.get(name);
  if (value) return value;
  throw new Error(`Cannot start without the setting: ${name}`);
};

const gates = gatesIn(setting('GATES'));
const worker = await startHeadwayWorker({
  databaseUrl: setting('DATABASE_URL'),
  dataDir: setting('DATA_DIR'),
  openHost: (options) => gatedReader(createHost(options), gates),
  log: (message) => console.log(`[worker ${Deno.pid}] ${message}`),
});
console.log(`[worker ${Deno.pid}] takes jobs as ${worker.id}`);
Deno.addSignalListener('SIGTERM', async () => {
  await worker.stop();
  Deno.exit(0);
});
