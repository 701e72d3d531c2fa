/**
 * Folders of ours and their modes, whatever the umask: private ones, and those that another user of
 * the machine must pass through.
 *
 * @module
 */
import { dirname, join } from 'node:path';

export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** Other users reach what they know the name of, and see no names. */
const ENTERABLE_FOLDER = 0o711;
/** All rights of group and others. */
export const OTHERS = 0o077;
const STICKY = 0o1000;
/** All bits that `chmod` sets. */
const MODE = 0o7777;

/** All that the program puts into its data folder, and what a file system puts into its root. */
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
 * Makes a folder in the data folder where it is not there. One that an older version left open to
 * others is closed, and so are the files in it.
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
 * Makes the data folder where it is not there. One that an older version left open is tightened,
 * unless it holds anything else: then it is not the program's alone, as a home folder is not.
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
 * Makes a folder of the program's, and those above it, where they are not there. As root it can be
 * entered by other users: PostgreSQL and the readers of files run as such. One that an older version
 * left open is tightened.
 */
export async function makeEnterableFolder(path: string): Promise<void> {
  await makeMissing(path);
  await close(path, enterableMode());
}

/** As a user other than root, all of the program is that user. */
const enterableMode = () => Deno.uid() === 0 ? ENTERABLE_FOLDER : PRIVATE_FOLDER;

/** A folder that is there keeps its mode. */
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

/** Opens a folder of root's to users that know what is in it; any other user keeps theirs closed. */
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
 * Takes from others what `most` does not give them; the owner's part stays. False where nothing was
 * to be done: in a folder that is shared (sticky) or of another user, or where `isOurs` denies it.
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
