/**
 * Shutdown of an embedded server and its child processes.
 *
 * A process of PostgreSQL that outlives its server keeps the cluster's shared memory, and no other
 * server starts on that cluster until it has ended.
 *
 * @module
 */
import process from 'node:process';
import { type Log, run, type ServerUser } from './embedded-program.ts';

/** The processes of one cluster: of this user, with PostgreSQL's data folder as working folder. */
export interface ClusterProcesses {
  readonly pgData: string;
  readonly user: ServerUser;
}

const POLL_MS = 25;
/** Fast shutdown; immediate one, in which the server kills its own processes after 5 s; kill. */
const STEPS = [['SIGINT', 30_000], ['SIGQUIT', 10_000], ['SIGKILL', 5_000]] as const;
/** The same for orphaned processes of a server. */
const ORPHAN_STEPS = [['SIGQUIT', 5_000], ['SIGKILL', 5_000]] as const;

/**
 * Ends a server and its processes, stopped ones included. False if it does not end.
 *
 * @param isOver true if the process with this id is no longer the server
 */
export async function endServer(
  cluster: ClusterProcesses,
  pid: number,
  isOver: () => boolean | Promise<boolean>,
): Promise<boolean> {
  for (const [signal, ms] of STEPS) {
    const pids = await processesOf(cluster);
    if (await isOver()) return true;
    send(pid, signal);
    // A stopped process receives other signals only after it continues.
    for (const each of new Set([pid, ...pids])) {
      send(each, signal === 'SIGKILL' ? signal : 'SIGCONT');
    }
    if (await within(ms, isOver)) return true;
  }
  return false;
}

/** Ends the processes that a killed server left behind. The server itself has ended. */
export async function endOrphans(cluster: ClusterProcesses, log: Log): Promise<boolean> {
  for (const [signal, ms] of ORPHAN_STEPS) {
    const pids = await processesOf(cluster);
    if (pids.length === 0) return true;
    log(`Ending processes that lost their database server (${signal}): ${pids.join(', ')}`);
    for (const pid of pids) send(pid, signal);
    for (const pid of pids) send(pid, 'SIGCONT');
    if (await within(ms, async () => (await processesOf(cluster)).length === 0)) return true;
  }
  return false;
}

/**
 * Prints the ids of the processes named `postgres` whose working folder is `$1`. It runs as their
 * user: without a capability even root may not read the working folder of another user's process.
 */
const LIST = `
for each in /proc/[0-9]*; do
  [ -O "$each" ] && [ "$each/cwd" -ef "$1" ] || continue
  name=
  read -r name 2>/dev/null < "$each/comm"
  [ "$name" = postgres ] && echo "\${each#/proc/}"
done
true
`;

/** Linux only; empty on other systems. */
async function processesOf({ pgData, user }: ClusterProcesses): Promise<number[]> {
  if (Deno.build.os !== 'linux') return [];
  const { success, output } = await run('sh', ['-c', LIST, 'sh', pgData], { user, cwd: '/' });
  return success ? output.split('\n').map(Number).filter((pid) => pid > 0) : [];
}

/** A process that has ended needs no signal. */
function send(pid: number, signal: Deno.Signal): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
