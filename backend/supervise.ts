/**
 * Keeps one worker process running beside the API.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** A worker that lived this long was well: the next delay is short again. */
const HEALTHY_MS = 30_000;
const STOP_MS = 10_000;

export interface SuperviseOptions {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly log: (message: string) => void;
}

/** Starts a worker, and another whenever it ends. Returns what stops it for good. */
export function superviseWorker(options: SuperviseOptions): () => Promise<void> {
  const stopping = new AbortController();
  let current: Deno.ChildProcess | null = null;

  async function run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      current = spawn(options);
      const { code, signal } = await current.status;
      current = null;
      if (stopping.signal.aborted) break;
      if (performance.now() - startedAt > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
      options.log(
        `The worker ended (${signal ?? `code ${code}`}); another starts in ${delayMs} ms`,
      );
      await sleep(delayMs, stopping.signal);
      delayMs = Math.min(LONGEST_DELAY_MS, delayMs * 2);
    }
  }

  const done = run();
  return async () => {
    stopping.abort();
    const child: Deno.ChildProcess | null = current;
    if (child) await end(child);
    await done;
  };
}

function spawn({ databaseUrl, dataDir }: SuperviseOptions): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ['run', '--quiet', '-A', WORKER, '--with-parent'],
    env: { DATABASE_URL: databaseUrl, DATA_DIR: dataDir },
    stdin: 'piped',
    stdout: 'inherit',
    stderr: 'inherit',
  }).spawn();
}

/** Asks it to hand over its job; ends it when that takes too long. */
async function end(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  try {
    child.kill('SIGTERM');
  } catch {
    // It has ended by itself.
  }
  await child.status;
  clearTimeout(timer);
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  stop.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
