/**
 * One run of the PostgreSQL server: started, ready, stopped.
 *
 * @module
 */
import { join } from 'node:path';
import { endWithUs } from '../lifetime/guard.ts';
import type { Cluster } from './embedded-cluster.ts';
import { type ClusterProcesses, endOrphans, endServer } from './embedded-ending.ts';
import { PID_LINE, readPidFile } from './embedded-leftover.ts';
import type { Place } from './embedded-place.ts';
import type { Log } from './embedded-program.ts';

const POLL_MS = 10;
const START_MS = 60_000;
/** Maximum wait for the last output, in case a process of the server cannot be ended. */
const LAST_LINES_MS = 1_000;
const KEPT_LINES = 20;

export interface RunningServer {
  /** Resolves when the server and its processes have ended, for any reason. */
  ended: Promise<void>;
  /** Fast shutdown: rolls back open transactions and leaves no process running. */
  stop(): Promise<void>;
}

/** The server ended before it was ready; the message is its last output. */
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
  const processes = { pgData, user: place.user };
  const lastLines: string[] = [];
  const logged = forEachLine(child.stderr, (line) => {
    log(line);
    if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
  });
  const ended = child.status.then(async () => {
    release();
    await endOrphans(processes, log);
    await settledWithin(LAST_LINES_MS, logged);
  });
  if (!(await isReady(pgData, child))) {
    await stop(child, processes);
    await ended;
    throw new ServerStartError(lastLines.join('\n'));
  }
  return { ended, stop: () => stop(child, processes).then(() => ended) };
}

/** Waits for the state in the server's pid file; false when the server ended or timed out. */
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

async function stop(child: Deno.ChildProcess, processes: ClusterProcesses): Promise<void> {
  let over = false;
  const status = child.status.then(() => over = true);
  await endServer(processes, child.pid, () => over);
  await status;
}

async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

/** Calls back for each line of a child's output, until its end. */
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
