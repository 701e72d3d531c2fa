/**
 * The program: database, API, pages and a worker on one port, from an empty folder.
 *
 * @module
 */
import { join } from 'node:path';
import { buildPages, PAGES_DIR } from './build.ts';
import { type Config, readConfig } from './config.ts';
import { lockDataDir } from './database/data-lock.ts';
import { startEmbeddedPostgres } from './database/embedded.ts';
import { createPages } from './http/pages.ts';
import { createProgramLog } from './program-log.ts';
import { loadJobs } from './load-jobs.ts';
import { createHeadway, type Headway } from './mod.ts';
import { superviseWorker } from './supervise.ts';

/** To the person who starts it. */
const log = (message: string) => console.log(message);

/** What was started, to be stopped in the opposite order. */
type Stops = (() => Promise<unknown> | unknown)[];

async function start(config: Config, stops: Stops): Promise<string> {
  const jobs = await loadJobs(config.jobsModule);
  const lock = await lockDataDir(config.dataDir);
  stops.push(lock.release);
  const [databaseUrl] = await Promise.all([openDatabase(config, stops), buildPages(log)]);
  const { error, info, debug } = createProgramLog(config, databaseUrl);
  const headway = await createHeadway({
    databaseUrl,
    log: error,
    onRequest: ({ poll, ...entry }) => (poll ? debug : info)('Request', entry),
    dataDir: config.dataDir,
    tokens: config.tokens,
    allowedOrigins: config.allowedOrigins,
    limits: config.limits,
    maxUploadBytes: config.maxUploadBytes,
    uploadExpiryHours: config.uploadExpiryHours,
    storage: config.storage,
    staleSeconds: config.staleSeconds,
    retentionSeconds: config.retentionSeconds,
    ageSeconds: config.ageSeconds,
    backgroundJobsPerMinute: config.backgroundJobsPerMinute,
    historyDays: config.historyDays,
    pollSlowdown: config.pollSlowdown,
    jobs,
    analysis: config.analysis,
    webhooks: { targets: config.webhookTargets },
    mail: config.mail,
  });
  stops.push(headway.stop);
  const url = serve(config, headway, stops);
  await lock.describe({ url, databaseUrl });
  stops.push(superviseWorker({ databaseUrl, dataDir: config.dataDir, log: info }));
  return url;
}

async function openDatabase(config: Config, stops: Stops): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  const dataDir = join(config.dataDir, 'database');
  const server = await startEmbeddedPostgres({ dataDir, log: reportDatabase });
  let stopping = false;
  server.ended.then(() => {
    if (stopping) return;
    console.error('The database ended unexpectedly. Stopping; start Headway again');
    Deno.exit(1);
  });
  stops.push(() => {
    stopping = true;
    return server.stop();
  });
  return server.url;
}

/** What the server says in the ordinary course of things is nobody's business. */
function reportDatabase(line: string): void {
  if (!/ (LOG|DETAIL|HINT): {2}/.test(line)) log(`[database] ${line}`);
}

function serve(config: Config, { routes }: Headway, stops: Stops): string {
  const pages = createPages(PAGES_DIR);
  routes.get('/*', async (c) => await pages(c) ?? c.notFound());
  const server = Deno.serve(
    { hostname: config.host, port: config.port, onListen: () => {} },
    (request, info) => routes.fetch(request, info),
  );
  stops.push(() => Promise.race([server.shutdown(), pause(3000)]));
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `http://${host}:${server.addr.port}`;
}

const pause = (ms: number) => new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));

async function stopAll(stops: Stops): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await Promise.resolve(stop()).catch((error) => console.error(`While stopping: ${error}`));
  }
}

async function main(): Promise<void> {
  const stops: Stops = [];
  let quitting: Promise<void> | null = null;
  let started: Promise<unknown> = Promise.resolve();
  // Signals come in twos (a terminal sends one to all); what is half started must be stopped too.
  const quit = (code: number) =>
    quitting ??= started.catch(() => {}).then(() => stopAll(stops)).then(() => Deno.exit(code));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    Deno.addSignalListener(signal, () => quit(0));
  }
  try {
    const config = readConfig(Deno.env.toObject());
    const starting = start(config, stops);
    started = starting;
    const url = await starting;
    log(`Headway is ready: ${url}`);
    if (!config.tokens) {
      log('Without AUTH_SECRET or AUTH_JWKS_URL everyone on this machine is one local user.');
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await quit(1);
  }
}

await main();
