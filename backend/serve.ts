/**
 * One process that serves the API and the pages on an existing database: within the program, or one
 * of several on one port.
 *
 * @module
 */
import { PAGES_DIR } from './build.ts';
import { type Config, readConfig } from './config.ts';
import { findDatabaseDir, findDatabaseTrouble } from './database/data-lock.ts';
import { closeToOthers } from './folders/umask.ts';
import { createPages } from './http/pages.ts';
import { beatToSupervisor } from './lifetime/beat.ts';
import { stopWithParent } from './lifetime/stop-with-parent.ts';
import { explained } from './listening.ts';
import { loadJobs } from './load-jobs.ts';
import { createHeadway, type RequestEntry } from './mod.ts';
import { createProgramLog } from './program-log.ts';
import { SERVES, WITH_PARENT } from './supervise.ts';

export interface Serving {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param shared whether other processes listen on the same port (SO_REUSEPORT) */
export async function serve(
  config: Config,
  databaseUrl: string,
  shared = false,
): Promise<Serving> {
  const { error, info, debug } = createProgramLog(config, databaseUrl);
  const tell = ({ poll, ...entry }: RequestEntry) => (poll ? debug : info)('Request', entry);
  // Polls are too frequent to log.
  const quiet = config.logLevel !== 'debug';
  const tellUnlessPoll = (entry: RequestEntry) => entry.poll ? undefined : tell(entry);
  const headway = await createHeadway({
    databaseUrl,
    databaseDir: await findDatabaseDir(config.dataDir, databaseUrl),
    databaseTrouble: () => findDatabaseTrouble(config.dataDir, databaseUrl),
    log: error,
    info,
    onRequest: quiet ? tellUnlessPoll : tell,
    dataDir: config.dataDir,
    tokens: config.tokens,
    allowedOrigins: config.allowedOrigins,
    limits: config.limits,
    maxUploadBytes: config.maxUploadBytes,
    uploadExpiryHours: config.uploadExpiryHours,
    uploadIdleSeconds: config.uploadIdleSeconds,
    storage: config.storage,
    staleSeconds: config.staleSeconds,
    retentionSeconds: config.retentionSeconds,
    ageSeconds: config.ageSeconds,
    backgroundJobsPerMinute: config.backgroundJobsPerMinute,
    historyDays: config.historyDays,
    pollSlowdown: config.pollSlowdown,
    jobs: await loadJobs(config.jobsModule),
    analysis: config.analysis,
    transcription: config.transcription,
    webhooks: { targets: config.webhookTargets },
    mail: config.mail,
  });
  const pages = createPages(PAGES_DIR);
  headway.routes.get('/*', async (c) => await pages(c) ?? c.notFound());
  const { host: hostname, port } = config;
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = explained(config, () =>
      Deno.serve(
        { hostname, port, reusePort: shared, onListen: () => {} },
        (request, info) => headway.routes.fetch(request, info),
      ));
  } catch (error) {
    await headway.stop();
    throw error;
  }
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${server.addr.port}`,
    async stop() {
      await Promise.race([server.shutdown(), pause(3000)]);
      await headway.stop();
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));

/** Maximum duration of a stop, milliseconds: less than the supervisor allows. */
const LONGEST_STOP_MS = 8_000;

async function main(): Promise<void> {
  const config = readConfig(Deno.env.toObject());
  const serving = await serve(config, config.databaseUrl ?? '', true);
  console.log(`${SERVES} ${serving.url}`);
  let stopping: Promise<void> | null = null;
  const stop = () => stopping ??= end();
  const end = async () => {
    Deno.unrefTimer(setTimeout(() => Deno.exit(1), LONGEST_STOP_MS));
    await serving.stop();
    Deno.exit(0);
  };
  if (Deno.args.includes(WITH_PARENT)) {
    beatToSupervisor();
    await stopWithParent(stop);
  } else {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) Deno.addSignalListener(signal, stop);
  }
}

// Not awaited: the app's own jobs module may import a module that imports this one.
if (import.meta.main) {
  closeToOthers();
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  });
}
