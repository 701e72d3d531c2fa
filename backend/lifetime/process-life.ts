/**
 * Identity of this process, and liveness of others on the same machine, read from Linux's `/proc`.
 * On other systems only heartbeats show it.
 *
 * @module
 */

/**
 * Unique name of this process: boot, namespace of processes, id, and the clock tick at its start.
 * Null if it cannot be determined.
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

/** True if the process of this name has certainly ended. False for one of another machine. */
export async function isGone(process: string): Promise<boolean> {
  const [, there, pid, startedAt] = /^(.+)\/(\d+)\/(\d+)$/.exec(process) ?? [];
  if (there === undefined || there !== await thisMachine()) return false;
  const life = await lifeOf(Number(pid));
  return life === null || life.ended || life.startedAt !== startedAt;
}

let machine: Promise<string | null> | undefined;

/** Constant for the lifetime of this process. */
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

/** Zombies and dead processes: their code never runs again. */
const ENDED = ['Z', 'X', 'x'];

/** State of a process in `/proc`; null if there is no such process. */
export interface Life {
  /** Clock ticks from the boot to its start. */
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
