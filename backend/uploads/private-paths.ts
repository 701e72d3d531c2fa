/**
 * Paths of the program's own data: rows of the app name files anywhere on disk, but never these.
 *
 * @module
 */
import { isAbsolute, relative, resolve, sep } from 'node:path';

export interface PrivatePathsOptions {
  /** Folders that hold more than files of users: the data folder, that of the database. */
  readonly folders: readonly string[];
  /** Folder of users' files, which may lie inside one of the others. */
  readonly files: string;
  readonly log: (message: string) => void;
}

/**
 * Makes a check of whether a path leads into a private folder, through symbolic links too. Each path
 * that does is logged: it is a mistake of the app, or an attempt to read what is not for users.
 */
export function privatePaths(
  { folders, files, log }: PrivatePathsOptions,
): (path: string) => Promise<boolean> {
  return async (path) => {
    const [real, ours] = await Promise.all([realPath(path), realPath(files)]);
    if (isInside(real, ours)) return false;
    const all = await Promise.all(folders.map(realPath));
    if (!all.some((folder) => isInside(real, folder))) return false;
    log(`The row of a file names data of the program itself, which is not read: ${path}`);
    return true;
  };
}

/** A path that names nothing is none that could be read. */
const realPath = (path: string): Promise<string> => Deno.realPath(path).catch(() => resolve(path));

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}
