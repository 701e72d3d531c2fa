/**
 * Folders of the embedded server's files, and the user that it runs as.
 *
 * PostgreSQL refuses to run as root, and its user must reach both its data and its program; a
 * checkout under root's home is closed to that user.
 *
 * @module
 */
import { join } from 'node:path';
import { makeEnterableFolder } from '../folders/folders.ts';
import {
  canEnter,
  exists,
  findProgram,
  type Log,
  run,
  type ServerUser,
  shortHash,
} from './embedded-program.ts';

export interface Place {
  user: ServerUser;
  /** Folder of the cluster, and of the program if it had to be copied. */
  dir: string;
  /** Folder of `postgres` and `initdb`. */
  binDir: string;
}

/** Inside `Place.dir`. */
export const CLUSTER = 'cluster';

const UNPRIVILEGED = ['postgres', 'nobody'];
const ELSEWHERE = ['/var/lib', '/var/tmp'];

/** Finds a folder for the data that the server's user can reach; logs if it is another one. */
export async function findPlace(dataDir: string, log: Log): Promise<Place> {
  await makeEnterableFolder(dataDir);
  const wanted = await Deno.realPath(dataDir);
  if (Deno.uid() !== 0) {
    return { user: {}, dir: wanted, binDir: await findProgram(wanted, {}, log) };
  }
  const elsewhere = ELSEWHERE.map((parent) => join(parent, `headway-${shortHash(wanted)}`));
  const { user, dir } = await existingPlace(wanted, elsewhere, log) ??
    await newPlace(wanted, elsewhere);
  if (dir !== wanted) {
    log(`The database's user cannot reach ${wanted}; its data is kept in ${dir}`);
  }
  return { user, dir, binDir: await findProgram(dir, user, log) };
}

/** An existing cluster keeps its place and its user. */
async function existingPlace(
  wanted: string,
  elsewhere: string[],
  log: Log,
): Promise<Omit<Place, 'binDir'> | undefined> {
  const dir = await firstWhere(
    [wanted, ...elsewhere],
    async (dir) => await exists(join(dir, CLUSTER)) && (dir === wanted || await isOurs(dir)),
  );
  if (dir === undefined) return undefined;
  const { uid, gid } = await Deno.stat(join(dir, CLUSTER));
  const user = uid ? { uid, gid: gid ?? uid } : await adopt(join(dir, CLUSTER), log);
  if (await canEnter(dir, user)) return { user, dir };
  const advice = 'open the folders above it (`chmod o+x`) or move it';
  throw new Error(`The database's user can no longer reach its data: ${dir}: ${advice}`);
}

async function newPlace(wanted: string, elsewhere: string[]): Promise<Omit<Place, 'binDir'>> {
  const user = await unprivilegedUser();
  if (await canEnter(wanted, user)) return { user, dir: wanted };
  const dir = await firstWhere(elsewhere, (dir) => claim(dir, user));
  if (dir !== undefined) return { user, dir };
  const advice = 'set DATA_DIR to a folder that every user may enter';
  throw new Error(`The database's user cannot reach ${wanted}: ${advice}`);
}

/** Gives a cluster that root copied back to the server's user. */
async function adopt(cluster: string, log: Log): Promise<{ uid: number; gid: number }> {
  const user = await unprivilegedUser();
  log(`Giving the database in ${cluster} to the user it runs as`);
  const args = ['-R', `${user.uid}:${user.gid}`, cluster];
  const { success, output } = await run('chown', args, { user: {}, cwd: '/' });
  if (!success) throw new Error(`Could not give ${cluster} to the database's user: ${output}`);
  return user;
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => id(flag, name)));
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  const advice = 'create one (`useradd --system postgres`), start as another user, ' +
    'or set DATABASE_URL to a PostgreSQL server';
  throw new Error(`PostgreSQL does not run as root and there is no user postgres: ${advice}`);
}

async function id(flag: string, name: string): Promise<number | undefined> {
  const { success, stdout } = await new Deno.Command('id', {
    args: [flag, name],
    stderr: 'null',
  }).output();
  return success ? Number(new TextDecoder().decode(stdout)) : undefined;
}

/** Creates a folder of our own in a shared place. */
async function claim(dir: string, user: ServerUser): Promise<boolean> {
  try {
    await makeEnterableFolder(dir);
    return await isOurs(dir) && await canEnter(dir, user);
  } catch {
    return false;
  }
}

/**
 * True if the folder belongs to this program: folders of other users in a shared place are not
 * trusted.
 */
async function isOurs(dir: string): Promise<boolean> {
  const { isDirectory, uid } = await Deno.lstat(dir);
  return isDirectory && uid === Deno.uid();
}

async function firstWhere(
  dirs: string[],
  holds: (dir: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const dir of dirs) {
    if (await holds(dir)) return dir;
  }
}
