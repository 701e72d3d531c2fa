/**
 * Which process of which machine this is, and whether another one of the same machine still lives.
 * Read out of Linux's `/proc`; elsewhere nobody knows, and heartbeats have to tell.
 *
 * @module
 */

/**
 * Names this process as no other ever was: boot, namespace of processes, id, and the clock tick in
 * which it started. Null where that cannot be known.
 */
export function ownProcess(): Promise<string | null> {
  return nameOf(Deno.pid);
}

/** {@link ownProcess} for another process of this machine. */
export async function nameOf(pid: number): Promise<string | null> {
  const here = await thisMachine();
  const life = here && await lifeOf(pid);
  return life && `${here}/${pid}/${life.startedAt}`;
}

/** Whether a process that called itself so has ended for sure: one of another machine has not. */
export async function isGone(process: string): Promise<boolean> {
  const [, there, pid, startedAt] = /^(.+)\/(\d+)\/(\d+)$/.exec(process) ?? [];
  if (there === undefined || there !== await thisMachine()) return false;
  const life = await lifeOf(Number(pid));
  return life === null || life.ended || life.startedAt !== startedAt;
}

let machine: Promise<string | null> | undefined;

/** It is the same for as long as this process lives. */
const thisMachine = () => machine ??= readMachine();

/** Processes see each other only within one namespace, and only until the next boot. */
async function readMachine(): Promise<string | null> {
  try {
    const boot = await Deno.readTextFile('/proc/sys/kernel/random/boot_id');
    return `${boot.trim()}/${await Deno.readLink('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** Zombies, and what is about to be none: their code never runs again. */
const ENDED = ['Z', 'X', 'x'];

/** What `/proc` says of a process; null where there is no such process. */
export interface Life {
  /** The clock tick since boot. */
  readonly startedAt: string;
  readonly ended: boolean;
  readonly parent: number;
  readonly session: string;
}

export async function lifeOf(pid: number): Promise<Life | null> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // The name, in brackets, may hold anything. See proc_pid_stat(5): state is field 3, parent 4,
    // session 6, start 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      startedAt: fields[19]!,
      ended: ENDED.includes(fields[0]!),
      parent: Number(fields[1]),
      session: fields[3]!,
    };
  } catch {
    return null;
  }
}
