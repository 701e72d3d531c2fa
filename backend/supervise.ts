/**
 * Keeps processes of ours running: another is started whenever one ends.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { forEachLine } from './database/embedded-server.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** One that lived this long was well: the next delay is short again. */
const HEALTHY_MS = 30_000;
const STOP_MS = 10_000;

/** How a process of ours is told that it ends with the one that started it. */
export const WITH_PARENT = '--with-parent';

export interface SuperviseOptions {
  /** What it is, in a sentence. */
  readonly name: string;
  /** Its program, beside this file. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Flags of the runtime. */
  readonly flags?: readonly string[];
  readonly log: (message: string) => void;
  /** Takes each line that it prints. @default prints it */
  readonly onLine?: (line: string) => void;
  /** Hears each time that one ended. */
  readonly onEnded?: () => void;
}

/** Starts a process, and another whenever it ends. Returns what stops it for good. */
export function supervise(options: SuperviseOptions): () => Promise<void> {
  const stopping = new AbortController();
  let current: Deno.ChildProcess | null = null;

  async function run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      current = spawn(options);
      const { code, signal } = await current.status;
      current = null;
      options.onEnded?.();
      if (stopping.signal.aborted) break;
      if (performance.now() - startedAt > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
      const how = signal ?? `code ${code}`;
      options.log(`The ${options.name} ended (${how}); another starts in ${delayMs} ms`);
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

function spawn({ script, env, flags = [], onLine }: SuperviseOptions): Deno.ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ['run', '--quiet', '-A', ...flags, path, WITH_PARENT],
    env,
    stdin: 'piped',
    stdout: onLine ? 'piped' : 'inherit',
    stderr: 'inherit',
  }).spawn();
  if (onLine) forEachLine(child.stdout, onLine).catch(() => {});
  return child;
}

/** Asks it to hand over what it does; ends it when that takes too long. */
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
