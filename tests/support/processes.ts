/**
 * Real processes for tests: started, watched, signalled by their id, and all ended afterwards.
 *
 * @module
 */
import process from 'node:process';
import { MOST_MS, pauseAfter } from './most-wait.ts';

export interface Program {
  readonly pid: number;
  /** Everything printed so far, both streams. */
  readonly output: string;
  /** False once it has ended; its id may be that of another process from then on. */
  readonly running: boolean;
  /** Resolves when it has ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** The first match of `pattern` in the output. Throws when it ends, or `ms` pass, before. */
  printed(pattern: RegExp, ms?: number): Promise<RegExpExecArray>;
}

export interface ProgramOptions {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** The Deno to run it with. @default the one that runs the tests */
  readonly deno?: string;
}

const ROOT = new URL('../../', import.meta.url).pathname;
const started = new Map<number, Program>();
/** Everything ever seen below a program of ours, with what it was. */
const seen = new Map<number, string>();

/** Starts `deno run -A …` in the project's folder. */
export function startProgram(
  { args, env = {}, deno = Deno.execPath() }: ProgramOptions,
): Program {
  const child = new Deno.Command(deno, {
    args: ['run', '--quiet', '-A', ...args],
    cwd: ROOT,
    env: { DATABASE_URL: '', HOST: '', PORT: '', AUTH_SECRET: '', ...env },
    stdin: 'null',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn();
  let output = '';
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
  };
  // The streams may outlive it: its own children hold them too.
  read(child.stdout).catch(() => {});
  read(child.stderr).catch(() => {});
  let running = true;
  child.status.then(() => running = false);
  const program: Program = {
    pid: child.pid,
    get running() {
      return running;
    },
    get output() {
      return output;
    },
    ended: child.status,
    kill: (signal) => {
      if (running) signalTo(child.pid, signal);
    },
    printed: (pattern, ms = MOST_MS) => printed(program, pattern, ms),
  };
  started.set(child.pid, program);
  return program;
}

async function printed(program: Program, pattern: RegExp, ms: number): Promise<RegExpExecArray> {
  const read = () => {
    const match = pattern.exec(program.output);
    if (!match && !program.running) {
      throw new Error(`It ended without ${pattern}:\n${program.output}`);
    }
    return match;
  };
  return await until(`${pattern} in its output`, read, { ms });
}

/** Sends a signal; a process that has ended needs none. */
export function signalTo(pid: number, signal: Deno.Signal): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

export interface Wait {
  /** Longest wait. @default MOST_MS */
  readonly ms?: number;
  /** Between two looks. @default {@link pauseAfter} */
  readonly everyMs?: number;
}

/** Looks again and again until `look` gives something, and returns that. Throws after the wait. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { ms = MOST_MS, everyMs }: Wait = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const startedAt = performance.now();
  while (true) {
    const found = await look();
    if (found) return found as NonNullable<Exclude<T, false>>;
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > ms) throw new Error(`Waited ${ms} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs ?? pauseAfter(waitedMs)));
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
}

interface Row extends Process {
  readonly command: string;
}

/** Whether it runs; one that has ended and was not waited for yet does not. */
export function isAlive(pid: number): boolean {
  return processAt(pid) !== null;
}

/** Processes below `pid` whose command line matches, nearest first. */
export function processesBelow(pid: number, command = /./): number[] {
  const all = processes();
  const below = (parent: number): Process[] => {
    const children = all.filter((process) => process.parent === parent);
    return [...children, ...children.flatMap((child) => below(child.pid))];
  };
  const found = below(pid).map((process) => rowOf(process)).filter((row) => row !== null);
  for (const row of found) seen.set(row.pid, row.command);
  return found.filter((row) => command.test(row.command)).map((row) => row.pid);
}

/** Tests look again and again: reading `/proc`, where there is one, starts no program for it. */
const HAS_PROC = Deno.build.os === 'linux';

function processes(): Process[] {
  if (!HAS_PROC) return readPs(['-A']);
  const pids = [...Deno.readDirSync('/proc')].map(({ name }) => Number(name)).filter(Boolean);
  return pids.map(readStat).filter((process) => process !== null);
}

/** Null where no process has this id. */
function processAt(pid: number): Row | null {
  if (!HAS_PROC) return readPs(['-p', `${pid}`])[0] ?? null;
  const process = readStat(pid);
  return process && rowOf(process);
}

function rowOf(process: Process): Row | null {
  if (!HAS_PROC) return process as Row;
  const command = readProc(process.pid, 'cmdline');
  return command === null ? null : { ...process, command: command.replaceAll('\0', ' ').trim() };
}

function readStat(pid: number): Process | null {
  const stat = readProc(pid, 'stat');
  if (stat === null) return null;
  // The name of the program stands in parentheses, and may contain some.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return hasEnded(state) ? null : { pid, parent: Number(parent) };
}

function readProc(pid: number, name: 'stat' | 'cmdline'): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch (error) {
    // It may end between the opening of the file and the reading.
    const isGone = error instanceof Deno.errors.NotFound || /os error 3\b/.test(`${error}`);
    if (isGone) return null;
    throw error;
  }
}

const hasEnded = (state = '') => /^[ZX]/.test(state);

function readPs(which: readonly string[]): Row[] {
  const { stdout } = new Deno.Command('ps', {
    args: [...which, '-o', 'pid=,ppid=,stat=,command='],
  }).outputSync();
  const lines = new TextDecoder().decode(stdout).trim().split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || hasEnded(state)) return [];
    return [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }];
  });
}

/** Resident memory in bytes (Linux). */
export const residentBytes = (pid: number): number => memoryOf(pid, 'VmRSS');

/** The most resident memory that a process has ever had, in bytes (Linux). */
export const peakBytes = (pid: number): number => memoryOf(pid, 'VmHWM');

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}

/** What vitest hands to `afterEach`, as far as it is used. */
interface TestEnd {
  readonly task: { readonly result?: { readonly state: string } };
}

const GRACE_MS = 15_000;

/**
 * For `afterEach`: asks every program to end, waits, and throws when one of them, or anything that
 * was seen below it, still runs then. Nothing is left running either way. What the programs of a
 * failed test said is printed.
 */
export async function endPrograms({ task }: TestEnd): Promise<void> {
  for (const program of started.values()) {
    if (task.result?.state === 'fail') console.error(`Process ${program.pid}:\n${program.output}`);
    if (!program.running) continue;
    processesBelow(program.pid);
    // A stopped process takes no other signal.
    program.kill('SIGCONT');
    program.kill('SIGTERM');
  }
  await until('all programs to end', () => leftRunning().length === 0, { ms: GRACE_MS })
    .catch(() => {});
  const left = leftRunning();
  for (const { pid } of left) signalTo(pid, 'SIGKILL');
  started.clear();
  seen.clear();
  if (left.length > 0) {
    throw new Error(`Left running: ${left.map(({ pid, command }) => `${pid} ${command}`)}`);
  }
}

/** An id that was seen counts only while it is still the same program's. */
function leftRunning(): Row[] {
  const rows = [...new Set([...started.keys(), ...seen.keys()])].map(processAt);
  return rows.filter((row) => row !== null).filter(({ pid, command }) =>
    started.get(pid)?.running || seen.get(pid) === command
  );
}
