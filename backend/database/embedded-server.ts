/**
 * One run of the PostgreSQL server: started, ready, stopped.
 *
 * @module
 */
import { join } from 'node:path';
import { endWithUs } from '../lifetime/guard.ts';
import type { Cluster } from './embedded-cluster.ts';
import { PID_LINE, readPidFile } from './embedded-leftover.ts';
import type { Place } from './embedded-place.ts';
import type { Log } from './embedded-program.ts';

const POLL_MS = 10;
const START_MS = 60_000;
const FAST_STOP_MS = 30_000;
const KEPT_LINES = 20;

export interface RunningServer {
  /** Resolves when the server has ended, for whatever reason. */
  ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, nothing is left running. */
  stop(): Promise<void>;
}

/** The server ended before it was ready; the message is what it said last. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}

export async function startServer(
  place: Place,
  { pgData }: Cluster,
  settings: Record<string, string>,
  log: Log,
): Promise<RunningServer> {
  const child = new Deno.Command(join(place.binDir, 'postgres'), {
    args: ['-D', pgData, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    ...place.user,
    cwd: place.dir,
    env: { LC_ALL: 'C' },
    // A process group of its own: Ctrl-C reaches the program, which stops the server last.
    detached: true,
    stdin: 'null',
    stdout: 'null',
    stderr: 'piped',
  }).spawn();
  const release = endWithUs(child.pid, 'SIGINT');
  child.status.then(release);
  const lastLines: string[] = [];
  const logged = forEachLine(child.stderr, (line) => {
    log(line);
    if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
  });
  const ended = Promise.all([child.status, logged]).then(() => {});
  if (!(await isReady(pgData, child))) {
    await stop(child);
    await ended;
    throw new ServerStartError(lastLines.join('\n'));
  }
  return { ended, stop: () => stop(child).then(() => ended) };
}

/** Asks the file in which the server reports its state; false when it ended or took too long. */
async function isReady(pgData: string, child: Deno.ChildProcess): Promise<boolean> {
  let running = true;
  child.status.then(() => running = false);
  const deadline = performance.now() + START_MS;
  while (running && performance.now() < deadline) {
    const lines = await readPidFile(pgData);
    const isOurs = Number(lines[PID_LINE.pid]) === child.pid;
    if (isOurs && lines[PID_LINE.status]?.trim() === 'ready') return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

async function stop(child: Deno.ChildProcess): Promise<void> {
  signal(child, 'SIGINT');
  const timer = setTimeout(() => signal(child, 'SIGQUIT'), FAST_STOP_MS);
  await child.status;
  clearTimeout(timer);
}

/** A process that has ended already needs no signal. */
function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch (error) {
    const ended = error instanceof Deno.errors.NotFound || error instanceof TypeError;
    if (!ended) throw error;
  }
}

/** Hears what a child prints, line by line, until it prints no more. */
export async function forEachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = '';
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  }
  if (rest !== '') onLine(rest);
}
