/**
 * The real program on a folder of its own, for tests to start, kill and start again.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { processesBelow, signalTo } from '../support/processes.ts';

const MAIN = fileURLToPath(new URL('../../backend/main.ts', import.meta.url));
const START_MS = 60_000;

export interface Program {
  readonly url: string;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
  /** Starts it again on the same folder and port. */
  restart(): Promise<void>;
  /** Ends its worker as a crash does; it starts another one by itself. */
  killWorker(): void;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Starts the program on a new folder and a free port, with settings of its own. */
export async function startProgram(settings: Record<string, string> = {}): Promise<Program> {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-e2e-' });
  // The database's own user must be able to reach its folder.
  await Deno.chmod(dataDir, 0o755);
  const port = freePort();
  const start = () => launch({ ...settings, DATA_DIR: dataDir, PORT: `${port}` });
  let child = await start();
  const stop = async () => {
    try {
      child.kill('SIGTERM');
    } catch {
      // It has ended already.
    }
    await child.status;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    stop,
    async restart() {
      child = await start();
    },
    killWorker() {
      for (const pid of processesBelow(child.pid, /worker\.ts/)) signalTo(pid, 'SIGKILL');
    },
    async remove() {
      await stop();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

async function launch(settings: Record<string, string>): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ['run', '--quiet', '-A', MAIN],
    env: { HOST: '127.0.0.1', DATABASE_URL: '', LOG_LEVEL: 'warn', ...settings },
    stdin: 'null',
    stdout: 'piped',
    stderr: 'inherit',
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  const ready = Promise.withResolvers<void>();
  const timer = setTimeout(() => ready.reject(new Error('The program did not start')), START_MS);
  let said = '';
  (async () => {
    for await (const text of output) {
      said += text;
      if (said.includes('Headway is ready')) ready.resolve();
    }
    ready.reject(new Error(`The program ended at its start:\n${said}`));
  })();
  await ready.promise.finally(() => clearTimeout(timer));
  return child;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  listener.close();
  return listener.addr.port;
}
