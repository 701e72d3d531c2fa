/**
 * The task runners that started this program (`npx`, `deno task`): detects a signal that they do
 * not forward by their end.
 *
 * @module
 */
import { isGone, lifeOf, nameOf } from './process-life.ts';

const LOOK_MS = 1_000;

/** Programs that start others in the background and end: the program continues without them. */
const SHELLS = ['sh', 'dash', 'bash', 'zsh', 'ksh', 'fish', 'ash', 'busybox'];

interface Ancestor {
  readonly pid: number;
  readonly session: string;
  readonly parent: number;
  readonly command: readonly string[];
}

/**
 * Calls `onGone` once one of the runners has ended. They are the ancestors of this process in its
 * session, up to the shell of a person or a script. `sh -c`, by which runners start others, is
 * skipped. Reads Linux's `/proc`; watches nothing on other systems.
 */
export async function watchTaskRunners(onGone: () => void): Promise<void> {
  const names = await Promise.all((await findRunners()).map((pid) => nameOf(pid)));
  const runners = names.filter((name) => name !== null);
  if (runners.length === 0) return;
  const timer = setInterval(async () => {
    const gone = await Promise.all(runners.map(isGone));
    if (!gone.includes(true)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS);
  Deno.unrefTimer(timer);
}

async function findRunners(): Promise<number[]> {
  const found: number[] = [];
  const self = await readAncestor(Deno.pid);
  let next = self && `${self.pid}` !== self.session ? self.parent : 0;
  while (self && next > 1) {
    const ancestor = await readAncestor(next);
    if (ancestor === null || ancestor.session !== self.session) break;
    const isLeader = `${ancestor.pid}` === ancestor.session;
    if (!isShell(ancestor)) found.push(ancestor.pid);
    else if (isLeader || ancestor.command[1] !== '-c') break;
    if (isLeader) break;
    next = ancestor.parent;
  }
  return found;
}

function isShell({ command: [program = ''] }: Ancestor): boolean {
  const name = program.slice(program.lastIndexOf('/') + 1).replace(/^-/, '');
  return SHELLS.includes(name);
}

async function readAncestor(pid: number): Promise<Ancestor | null> {
  const [life, command] = await Promise.all([
    lifeOf(pid),
    Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => null),
  ]);
  if (life === null || command === null) return null;
  return { pid, parent: life.parent, session: life.session, command: command.split('\0') };
}
