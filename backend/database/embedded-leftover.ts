/**
 * Remains of a killed program on its cluster: a running server, some of its processes, or its pid
 * file.
 *
 * The caller holds the cluster's lock, so a server found here has lost its program.
 *
 * @module
 */
import { join } from 'node:path';
import process from 'node:process';
import { type ClusterProcesses, endOrphans, endServer } from './embedded-ending.ts';
import type { Log } from './embedded-program.ts';

/** Frees the cluster for a new server. */
export async function clearLeftover(cluster: ClusterProcesses, log: Log): Promise<void> {
  const { pgData } = cluster;
  const pid = await readPid(pgData);
  if (pid !== null && isAlive(pid)) {
    if (await isServerOf(pgData, pid)) await stopServer(cluster, pid, log);
    else await disownPidFile(pgData);
  }
  await endOrphans(cluster, log);
}

/** The line numbers of `postmaster.pid` (PostgreSQL's `pidfile.h`), from 0. */
export const PID_LINE = { pid: 0, status: 7 } as const;

export async function readPidFile(pgData: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(pgData, 'postmaster.pid')).catch(() => '');
  return text === '' ? [] : text.split('\n');
}

async function readPid(pgData: string): Promise<number | null> {
  const pid = Number((await readPidFile(pgData))[PID_LINE.pid]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Checks the command line for our folder: every user can read it, unlike the working folder. */
async function isServerOf(pgData: string, pid: number): Promise<boolean> {
  return (await commandLine(pid)).includes(pgData);
}

async function commandLine(pid: number): Promise<string[]> {
  if (Deno.build.os === 'linux') {
    return (await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => '')).split('\0');
  }
  const ps = new Deno.Command('ps', { args: ['-o', 'command=', '-p', String(pid)] });
  return new TextDecoder().decode((await ps.output()).stdout).trim().split(' ');
}

async function stopServer(cluster: ClusterProcesses, pid: number, log: Log): Promise<void> {
  log(`Stopping the database server that an earlier run left behind (process ${pid})`);
  if (await endServer(cluster, pid, async () => !(await isServerOf(cluster.pgData, pid)))) return;
  throw new Error(`Could not stop the database server of an earlier run: end process ${pid}`);
}

/**
 * Makes PostgreSQL recognise that a reused pid is not a server. Its starting process never takes
 * its own parent for a rival, so our pid goes in. The other lines stay: by the shared memory named
 * there PostgreSQL detects processes of the old server that still write.
 */
async function disownPidFile(pgData: string): Promise<void> {
  const lines = await readPidFile(pgData);
  lines[PID_LINE.pid] = String(Deno.pid);
  await Deno.writeTextFile(join(pgData, 'postmaster.pid'), lines.join('\n'));
}
