/**
 * Real processes for tests: started, watched, signalled by their id, and all ended afterwards.
 *
 * @module
 */
import process from 'node:process';
import { MOST_MS } from './most-wait.ts';

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
  /** Longest wait. @default 30_000 */
  readonly ms?: number;
  /** Between two looks. @default 25 */
  readonly everyMs?: number;
}

/** Looks again and again until `look` gives something, and returns that. Throws after the wait. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { ms = MOST_MS, everyMs = 25 }: Wait = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + ms;
  while (true) {
    const found = await look();
    if (found) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Whether it runs; one that has ended and was not waited for yet does not. */
export function isAlive(pid: number): boolean {
  return processes().some((row) => row.pid === pid);
}

/** Processes below `pid` whose command line matches, nearest first. */
export function processesBelow(pid: number, command = /./): number[] {
  const rows = processes();
  const below = (parent: number): Row[] => {
    const children = rows.filter((row) => row.parent === parent);
    return [...children, ...children.flatMap((row) => below(row.pid))];
  };
  const found = below(pid);
  for (const row of found) seen.set(row.pid, row.command);
  return found.filter((row) => command.test(row.command)).map((row) => row.pid);
}

function processes(): Row[] {
  const { stdout } = new Deno.Command('ps', {
    args: ['-A', '-o', 'pid=,ppid=,stat=,command='],
  }).outputSync();
  const lines = new TextDecoder().decode(stdout).trim().split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return state?.startsWith('Z') ? [] : [{
      pid: Number(pid),
      parent: Number(parent),
      command: command ?? '',
    }];
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
  return processes().filter(({ pid, command }) =>
    started.get(pid)?.running || seen.get(pid) === command
  );
}
