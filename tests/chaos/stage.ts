/**
 * The real program on a database of the host, and everything that can fail below it.
 *
 * @module
 */
import { join } from 'node:path';
import process from 'node:process';
import postgres from 'postgres';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../backend/database/embedded.ts';
import { makeHostTables } from '../support/host-tables.ts';
import { makeMemoryFolder } from '../support/memory-folder.ts';
import { MODELS } from '../support/models.ts';
import { endPrograms, type Program, startProgram, until } from '../support/processes.ts';
import { mountSmall } from '../support/small-file-system.ts';
import { openWay, type Way } from '../support/way.ts';
import { sleep } from './random.ts';

/** Room for the files of a run and little more. */
const DISK = 'size=64m,mode=755';
/** `fsync` protects from a machine that loses power only, and no fault does that. */
const SETTINGS = { fsync: 'off' };
const RESTART_MS = 500;

/** A program that a service manager starts again whenever it ends. */
export interface Service {
  readonly current: Program;
  readonly output: string;
  end(): Promise<void>;
}

export interface Database {
  /** Stops the server and starts it again. */
  restart(): Promise<void>;
  /** Kills the whole server, or one of its connections, and starts it again. */
  kill(what: 'server' | 'connection'): Promise<void>;
}

export interface Stage {
  /** The root of the API. */
  readonly url: string;
  /** Straight to the database, past {@link way}. */
  readonly sql: postgres.Sql;
  readonly way: Way;
  readonly database: Database;
  /** API, pages and a worker. */
  readonly program: Service;
  /** A second worker. */
  readonly worker: Service;
  readonly dataDir: string;
  /** Why the disk has no limit here; null where it has one. */
  readonly unlimited: string | null;
  /** When the database was cut off from the program: `performance.now()`, null while it is not. */
  cutSince: number | null;
  /** Since when every worker is killed before it can work. */
  workersGoneSince: number | null;
  /** Ends the programs. Throws where one, or a process below one, is still there after it. */
  end(): Promise<void>;
  /** Removes everything; after `end`. */
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const folder = await makeMemoryFolder('headway-chaos-database-');
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-chaos-data-' });
  await Deno.chmod(dataDir, 0o755);
  const disk = await mountSmall(dataDir, DISK);
  await Deno.mkdir(MODELS, { recursive: true });
  await Deno.symlink(MODELS, join(dataDir, 'models'));
  const { url, database, stop } = await openDatabase(folder);
  const sql = postgres(url, {
    max: 2,
    onnotice: () => {},
    connection: { statement_timeout: 20_000 },
    connect_timeout: 5,
  });
  await sql.begin(makeHostTables);
  const way = openWay(url);
  const port = freePort();
  const env = { DATABASE_URL: way.url, DATA_DIR: dataDir, LOG_FORMAT: 'text' };
  const program = keep(['backend/main.ts'], { ...env, PORT: `${port}` });
  await program.current.printed(/Headway is ready/, 120_000);
  const worker = keep(['backend/worker.ts'], env);
  await worker.current.printed(/takes jobs as/, 60_000);
  return {
    url: `http://127.0.0.1:${port}`,
    sql,
    way,
    database,
    program,
    worker,
    dataDir,
    unlimited: typeof disk === 'string' ? disk : null,
    cutSince: null,
    workersGoneSince: null,
    async end() {
      const ending = [program.end(), worker.end()];
      await endPrograms({ task: {} });
      await Promise.all(ending);
    },
    async close() {
      way.close();
      await sql.end({ timeout: 1 });
      await stop();
      if (typeof disk !== 'string') await disk[Symbol.asyncDispose]();
      await Deno.remove(dataDir, { recursive: true });
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function keep(args: readonly string[], env: Record<string, string>): Service {
  const programs = [startProgram({ args, env })];
  let ended = false;
  async function watch(): Promise<void> {
    while (true) {
      const { code, signal } = await programs.at(-1)!.ended;
      if (ended) return;
      await sleep(RESTART_MS);
      if (ended) return;
      programs.push(startProgram({ args, env }));
      restarts.push(`[restarted after ${signal ?? `code ${code}`}]`);
    }
  }
  const restarts: string[] = [];
  const watching = watch();
  return {
    get current() {
      return programs.at(-1)!;
    },
    get output() {
      return programs.map(({ output }, i) => `${output}${restarts[i] ?? ''}`).join('\n');
    },
    async end() {
      ended = true;
      await watching;
    },
  };
}

async function openDatabase(
  folder: string,
): Promise<{ url: string; database: Database; stop(): Promise<void> }> {
  let server = await startEmbeddedPostgres({ dataDir: folder, settings: SETTINGS });
  const { url } = server;
  const again = async () => {
    const port = Number(new URL(url).port);
    server = await startEmbeddedPostgres({ dataDir: folder, settings: SETTINGS, port });
  };
  const database: Database = {
    async restart() {
      await server.stop();
      await again();
    },
    async kill(what) {
      const pid = await pidOf(server);
      if (what === 'connection') {
        // The server ends all connections, recovers, and goes on by itself.
        const [backend] = backendsOf(pid);
        if (backend !== undefined) process.kill(backend, 'SIGKILL');
        return;
      }
      process.kill(pid, 'SIGKILL');
      await server.ended;
      await again();
    },
  };
  return { url, database, stop: () => server.stop() };
}

async function pidOf({ dataDir }: EmbeddedPostgres): Promise<number> {
  const path = join(dataDir, 'cluster', 'data', 'postmaster.pid');
  return await until(
    'the id of the server',
    async () => Number((await Deno.readTextFile(path).catch(() => '')).split('\n')[0]),
  );
}

/** Processes of connections by `headway`, below the server's own. */
function backendsOf(pid: number): number[] {
  const { stdout } = new Deno.Command('ps', {
    args: ['-o', 'pid=,command=', '--ppid', `${pid}`],
  }).outputSync();
  return Array.from(
    new TextDecoder().decode(stdout).matchAll(/^\s*(\d+) postgres: headway /gm),
    ([, found]) => Number(found),
  );
}

function freePort(): number {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  listener.close();
  return listener.addr.port;
}
