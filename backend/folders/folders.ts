/**
 * Folders of the program and their modes, whatever the umask: private ones, and those that another
 * user of the machine must traverse.
 *
 * @module
 */
import { dirname, join } from 'node:path';

export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** Other users can open entries whose names they know, and cannot list them. */
const ENTERABLE_FOLDER = 0o711;
/** All permissions of group and others. */
export const OTHERS = 0o077;
const STICKY = 0o1000;
/** All bits that `chmod` sets. */
const MODE = 0o7777;

/** All entries of the program in its data folder, and those of a file system in its root. */
const DATA_ENTRIES = new Set([
  'database',
  'headway.lock',
  'models',
  'orphaned',
  'sandboxes',
  'uploads',
  'work',
  'lost+found',
]);

/**
 * Creates a folder in the data folder if it is missing. Closes one that an older version left open
 * to others, with the files in it.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeDataFolder(dirname(path));
  await Deno.mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (!(await close(path, PRIVATE_FOLDER))) return;
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile) await close(join(path, name), PRIVATE_FILE);
  }
}

/**
 * Creates the data folder if it is missing. Closes one that an older version left open, unless it
 * has other entries: then it is not the program's alone, as a home folder is not.
 */
export async function makeDataFolder(path: string): Promise<void> {
  await makeMissing(path);
  await close(path, enterableMode(), holdsOnlyData);
}

async function holdsOnlyData(path: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(path)) if (!DATA_ENTRIES.has(name)) return false;
  return true;
}

/**
 * Creates a folder of the program and its parents if they are missing. As root, other users can
 * enter it: PostgreSQL and the extraction processes run as such. Closes one that an older version
 * left open, as far as that allows.
 */
export async function makeEnterableFolder(path: string): Promise<void> {
  await makeMissing(path);
  await close(path, enterableMode());
}

/** As a user other than root, the whole program runs as that user. */
const enterableMode = () => Deno.uid() === 0 ? ENTERABLE_FOLDER : PRIVATE_FOLDER;

/** Keeps the mode of an existing folder. */
async function makeMissing(path: string): Promise<void> {
  if (await exists(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeMissing(parent);
  try {
    await Deno.mkdir(path, { mode: PRIVATE_FOLDER });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw error;
  }
  await letOthersEnter(path);
}

/**
 * Opens a folder of root's to users that know the names in it; those of other users stay closed.
 */
export async function letOthersEnter(path: string): Promise<void> {
  if (Deno.build.os === 'windows' || Deno.uid() !== 0) return;
  // A file system without modes has its own rules. Programs are checked for access before they run.
  await Deno.chmod(path, ENTERABLE_FOLDER).catch(() => {});
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Removes the permissions of group and others beyond `most`; the owner's stay. False if nothing was
 * to be done: the folder is shared (sticky), belongs to another user, or `isOurs` denies it.
 * Windows has no modes.
 */
async function close(
  path: string,
  most: number,
  isOurs: (path: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  try {
    const { mode, uid } = await Deno.stat(path);
    const excess = (mode ?? 0) & OTHERS & ~most;
    if (mode === null || excess === 0 || (mode & STICKY) !== 0 || uid !== Deno.uid()) return false;
    if (!(await isOurs(path))) return false;
    await Deno.chmod(path, (mode & MODE) - excess);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return false;
    }
    throw error;
  }
}
