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
const OTHERS = 0o077;

/**
 * Makes a folder where it is not there. One that an older version left open to others is closed, and
 * so are the files in it.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeEnterableFolder(dirname(path));
  await Deno.mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (!(await close(path, PRIVATE_FOLDER))) return;
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile) await close(join(path, name), PRIVATE_FILE);
  }
}

/**
 * Makes a folder, and those above it, where they are not there. As root they can be entered by other
 * users: PostgreSQL and the readers of files run as such. One that is there keeps its mode.
 */
export async function makeEnterableFolder(path: string): Promise<void> {
  if (await exists(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeEnterableFolder(parent);
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

/** False where nothing was to be done. Only its owner can change a mode, and Windows has none. */
async function close(path: string, mode: number): Promise<boolean> {
  try {
    const { mode: before } = await Deno.stat(path);
    if (before === null || (before & OTHERS) === 0) return false;
    await Deno.chmod(path, mode);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return false;
    }
    throw error;
  }
}
