/**
 * Supervises child processes: restarts each one that ends or hangs.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { forEachLine } from './database/embedded-server.ts';
import { BEAT, Silence } from './lifetime/beat.ts';
import { endWithUs } from './lifetime/guard.ts';

export const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** Uptime after which a process counts as healthy, milliseconds: the restart delay is reset. */
const HEALTHY_MS = 30_000;
const STOP_MS = 10_000;

/** Argument that makes a child process end with its parent. */
export const WITH_PARENT = '--with-parent';

/**
 * Time without a heartbeat after which a process hangs, seconds; the first one comes when it has
 * loaded.
 */
export const SILENCE = { seconds: 10, startSeconds: 60 };

export interface SuperviseOptions {
  /** Name of the process, used in log messages. */
  readonly name: string;
  /** Its program, next to this file; it calls `beatToSupervisor`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Flags of the runtime. */
  readonly flags?: readonly string[];
  /** Arguments after {@link WITH_PARENT}. */
  readonly args?: readonly string[];
  readonly log: (message: string) => void;
  /** Receives each line of its output. @default prints it */
  readonly onLine?: (line: string) => void;
  /** Called each time that a process has ended, or could not be started. */
  readonly onEnded?: () => void;
  /** @default the runtime that runs this program */
  readonly executable?: string;
}

export interface Supervised {
  /** Ends the process and starts another at once. */
  restart(): void;
  /** Ends the process permanently. */
  stop(): Promise<void>;
}

/**
 * Starts a process and restarts it whenever it ends; kills one without a heartbeat for ten seconds.
 */
export function supervise(options: SuperviseOptions): Supervised {
  const { name, log } = options;
  const stopping = new AbortController();
  let restarting = new AbortController();
  let current: Deno.ChildProcess | null = null;

  /** Returns a description of its end. */
  async function runOnce(): Promise<string> {
    const child = spawn(options);
    current = child;
    const release = endWithUs(child.pid);
    const silence = new Silence(SILENCE, () => {
      log(`The ${name} hangs (process ${child.pid}): no heartbeat; it is killed`);
      kill(child, 'SIGKILL');
    });
    forEachLine(child.stdout, (line) => {
      if (line === BEAT) silence.heard();
      else (options.onLine ?? console.log)(line);
    }).catch(() => {});
    const { code, signal } = await child.status;
    silence.stop();
    release();
    current = null;
    return `ended (${signal ?? `code ${code}`})`;
  }

  async function run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const { signal: restart } = restarting = new AbortController();
      const how = await runOnce().catch((error) => `could not be started (${error})`);
      options.onEnded?.();
      if (stopping.signal.aborted) break;
      if (performance.now() - startedAt > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
      if (!restart.aborted) {
        log(`The ${name} ${how}; another starts in ${delayMs} ms`);
        await sleep(delayMs, AbortSignal.any([stopping.signal, restart]));
      }
      delayMs = restart.aborted ? FIRST_DELAY_MS : Math.min(LONGEST_DELAY_MS, delayMs * 2);
    }
  }

  const done = run();
  return {
    restart() {
      restarting.abort();
      if (current) void end(current);
    },
    async stop() {
      stopping.abort();
      const child: Deno.ChildProcess | null = current;
      if (child) await end(child);
      await done;
    },
  };
}

/** Prefix of the line that a supervised server prints, with its address, when it serves. */
export const SERVES = 'serves';

export interface SupervisedServer extends Supervised {
  /** Its address, once it serves. Rejects if the first process ends before that. */
  readonly url: Promise<string>;
}

/** {@link supervise} for a program that prints {@link SERVES} and its address. */
export function superviseServer(
  options: Omit<SuperviseOptions, 'onLine' | 'onEnded'>,
): SupervisedServer {
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  // Only the first address is awaited; a later end is no failure of the start.
  url.catch(() => {});
  const supervised = supervise({
    ...options,
    onLine(line) {
      const [said, address] = line.split(' ');
      if (said === SERVES && address) resolve(address);
      else console.log(line);
    },
    onEnded: () => reject(new Error(`The ${options.name} ended before it served; see above`)),
  });
  return { ...supervised, url };
}

function spawn(
  { script, env, flags = [], args = [], executable = Deno.execPath() }: SuperviseOptions,
): Deno.ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return new Deno.Command(executable, {
    args: ['run', '--quiet', '-A', ...flags, path, WITH_PARENT, ...args],
    env,
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'inherit',
  }).spawn();
}

/** Requests a graceful stop; kills the process after a timeout. */
async function end(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => kill(child, 'SIGKILL'), STOP_MS);
  kill(child, 'SIGTERM');
  await child.status;
  clearTimeout(timer);
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // The process has already ended.
  }
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  stop.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
