/**
 * Folders of ours that no other user of the machine may enter, whatever the umask.
 *
 * @module
 */
import { join } from 'node:path';

export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;

/**
 * Makes a folder where it is not there. One that an older version left open to others is closed, and
 * so are the files in it.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (!(await close(path, PRIVATE_FOLDER))) return;
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile) await close(join(path, name), PRIVATE_FILE);
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
