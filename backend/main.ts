/**
 * The program: database, API, pages and a worker on one port, from an empty folder. With `--dev` it
 * serves from the sources and restarts on changes.
 *
 * @module
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPages } from './build.ts';
import { isShortSecret } from './access/tokens.ts';
import { type Config, readConfig } from './config.ts';
import { lockDataDir, type LockInfo } from './database/data-lock.ts';
import { keepEmbeddedPostgres } from './database/embedded-kept.ts';
import { closeToOthers } from './folders/umask.ts';
import { watchTaskRunners } from './lifetime/task-runner.ts';
import { createProgramLog } from './program-log.ts';
import { claimPort } from './listening.ts';
import { loadJobs } from './load-jobs.ts';
import { serve } from './serve.ts';
import { serveFromMany } from './serve-from-many.ts';
import { serveSources, watchSources } from './serve-sources.ts';
import { supervise } from './supervise.ts';

/** Prints to the user who started the program. */
const log = (message: string) => console.log(message);

/** Maximum duration of a stop, milliseconds; then the guard ends the remaining processes. */
const LONGEST_STOP_MS = 90_000;

/** Stop functions, to be called in reverse order. */
type Stops = (() => Promise<unknown> | unknown)[];

interface Arguments {
  /** Number of processes that serve the API. */
  readonly processes: number;
  readonly dev: boolean;
}

async function start(
  config: Config,
  { processes, dev }: Arguments,
  stops: Stops,
): Promise<string> {
  // A module that fails to load is rejected before anything is started.
  await loadJobs(config.jobsModule);
  const lock = await lockDataDir(config.dataDir);
  stops.push(lock.release);
  // Before anything is created. The processes of a killed program may hold the port for a while.
  if (processes === 1 && !dev) claimPort(config);
  let known: Omit<LockInfo, 'pid'> = {};
  const describe = (info: typeof known) => lock.describe(known = { ...known, ...info });
  const onTrouble = (databaseTrouble: string | null) =>
    void describe({ databaseTrouble }).catch((error) => console.error(`${error}`));
  const [opening, building] = [openDatabase(config, stops, onTrouble), dev || buildPages(log)];
  // If one fails, the other still runs to its end.
  await Promise.allSettled([opening, building]);
  await building;
  const database = await opening;
  const { databaseUrl } = database;
  // Other processes of the program read the database's address there.
  await describe(database);
  const { info } = createProgramLog(config, databaseUrl);
  const sources = dev ? await serveSources(config, databaseUrl, { processes, log: info }) : null;
  const { url, stop } = sources ??
    (processes > 1
      ? await serveFromMany(config, databaseUrl, { processes, log: info })
      : await serve(config, databaseUrl));
  stops.push(stop);
  await describe({ url });
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: config.dataDir };
  const worker = supervise({ name: 'worker', script: './worker.ts', env, log: info });
  stops.push(worker.stop);
  if (sources) {
    stops.push(watchSources(() => {
      log('A file of the backend has changed: API and worker start again');
      sources.restart();
      worker.restart();
    }));
  }
  return url;
}

async function openDatabase(
  config: Config,
  stops: Stops,
  onTrouble: (trouble: string | null) => void,
): Promise<{ databaseUrl: string; databaseDir?: string }> {
  if (config.databaseUrl) return { databaseUrl: config.databaseUrl };
  const dataDir = join(config.dataDir, 'database');
  const server = await keepEmbeddedPostgres({
    dataDir,
    log: reportDatabase,
    report: (message) => console.error(message),
    onTrouble,
  });
  stops.push(server.stop);
  return { databaseUrl: server.url, databaseDir: server.dataDir };
}

/** Hides the database server's routine messages. */
function reportDatabase(line: string): void {
  if (!/ (LOG|DETAIL|HINT): {2}/.test(line)) log(`[database] ${line}`);
}

async function stopAll(stops: Stops): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await Promise.resolve(stop()).catch((error) => console.error(`While stopping: ${error}`));
  }
}

/** Strips the `--` that a task runner may insert. */
function readArguments(given: readonly string[]): Arguments {
  const args = given.filter((arg) => arg !== '--');
  const { values } = parseArgs({
    args,
    options: {
      processes: { type: 'string', default: '1' },
      dev: { type: 'boolean', default: false },
    },
  });
  const processes = Number(values.processes);
  if (Number.isInteger(processes) && processes >= 1 && processes <= 64) {
    return { processes, dev: values.dev };
  }
  throw new Error(`--processes must be a whole number from 1 to 64: ${values.processes}`);
}

async function main(): Promise<void> {
  const stops: Stops = [];
  let quitting: Promise<void> | null = null;
  let started: Promise<unknown> = Promise.resolve();
  // Signals may come twice (a terminal sends one to every process). A start in progress must be
  // stopped as well.
  const quit = (code: number) => {
    if (!quitting) Deno.unrefTimer(setTimeout(() => Deno.exit(1), LONGEST_STOP_MS));
    return quitting ??= started.catch(() => {}).then(() => stopAll(stops))
      .then(() => Deno.exit(code));
  };
  await watchTaskRunners(() => {
    console.error('The program that started Headway has ended. Stopping');
    quit(0);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    Deno.addSignalListener(signal, () => quit(0));
  }
  try {
    const config = readConfig(Deno.env.toObject());
    const starting = start(config, readArguments(Deno.args), stops);
    started = starting;
    const url = await starting;
    log(`Headway is ready: ${url}`);
    if (config.tokens?.secret && isShortSecret(config.tokens.secret)) {
      log('AUTH_SECRET is short: whoever guesses it can sign in as anyone.');
    }
    if (!config.tokens) {
      log('Without AUTH_SECRET or AUTH_JWKS_URL everyone on this machine is one local user.');
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await quit(1);
  }
}

closeToOthers();
await main();
