/**
 * The folder of one sandbox. It contains the file being read, and for a recording its derived data,
 * under fixed names, so that permissions stay the same for every file.
 *
 * @module
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEnterableFolder, PRIVATE_FILE, PRIVATE_FOLDER } from '../folders/folders.ts';
import type { SandboxUser } from './sandbox-user.ts';

export interface SandboxFolder {
  readonly path: string;
  readonly user: SandboxUser;
  /** Fixed name of the file being read. */
  readonly input: string;
  /** Fixed name of the folder to write to. */
  readonly work: string;
  /**
   * Links a file as the input, and moves `workDir` in as the writable folder; creates it if
   * missing.
   */
  admit(file: string, workDir: string | null): Promise<void>;
  /** Reports whether it still exists: another process may clean up its parent folder. */
  isThere(): Promise<boolean>;
  /** Moves the writable folder back out, and removes the input. */
  release(): Promise<void>;
  /** Releases, and removes the sandbox. */
  remove(): Promise<void>;
}

/** Lock file of a living worker. */
const LOCK = '.lock';
const DRAFT = '.draft-';
/** File with the original path of the writable folder. */
const ORIGIN = '.origin';

/** Creates a folder in `parent`, for one child process. */
export async function openSandboxFolder(
  parent: string,
  user: SandboxUser,
): Promise<SandboxFolder> {
  const id = crypto.randomUUID();
  const path = join(parent, id);
  const [input, work] = [join(path, 'input'), join(path, 'work')];
  // It has a draft name until it is locked, so that it does not appear abandoned.
  const draft = join(parent, `${DRAFT}${id}`);
  await makeEnterableFolder(parent);
  await Deno.mkdir(draft, { mode: PRIVATE_FOLDER });
  const lock = await Deno.open(join(draft, LOCK), {
    write: true,
    create: true,
    mode: PRIVATE_FILE,
  });
  // Some network file systems have no locks: abandoned folders stay there.
  await lock.lock(true).catch(() => {});
  await Deno.rename(draft, path);
  for (const folder of user.uid === undefined ? [] : [parent, path]) {
    await Deno.chmod(folder, 0o711);
  }
  return {
    path,
    user,
    input,
    work,
    async admit(file, workDir) {
      await release(path);
      await (user.uid === undefined ? link(file, input) : copyFor(user, file, input));
      if (workDir === null) return;
      await Deno.writeTextFile(join(path, ORIGIN), workDir, { mode: PRIVATE_FILE });
      await move(workDir, work).catch(ignoreNotFound);
      await Deno.mkdir(work, { recursive: true, mode: PRIVATE_FOLDER });
      await give(work, user);
    },
    isThere: () => Deno.stat(path).then(() => true, () => false),
    release: () => release(path),
    async remove() {
      await release(path);
      lock.close();
      await Deno.remove(path, { recursive: true }).catch(ignoreNotFound);
    },
  };
}

/** Releases and removes the folders of killed workers. */
export async function removeAbandonedFolders(parent: string): Promise<void> {
  for await (const { name } of Deno.readDir(parent)) {
    if (name.startsWith(DRAFT)) continue;
    const path = join(parent, name);
    const lock = await Deno.open(join(path, LOCK), { write: true }).catch(() => null);
    const abandoned = await lock?.tryLock(true).catch(() => false);
    lock?.close();
    if (!abandoned) continue;
    await release(path);
    await Deno.remove(path, { recursive: true }).catch(ignoreNotFound);
  }
}

async function release(path: string): Promise<void> {
  await Deno.remove(join(path, 'input')).catch(ignoreNotFound);
  const origin = await Deno.readTextFile(join(path, ORIGIN)).catch(ignoreNotFound);
  if (!origin) return;
  const work = join(path, 'work');
  // A folder that exists again belongs to another run of the same job.
  if (await hasEntries(work)) await move(work, origin).catch(() => {});
  await Deno.remove(work, { recursive: true }).catch(ignoreNotFound);
  await Deno.remove(join(path, ORIGIN));
}

/** False also if the folder does not exist: an admission may have failed half-way. */
async function hasEntries(folder: string): Promise<boolean> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(ignoreNotFound);
  return entries !== undefined && entries.length > 0;
}

/**
 * Renames a folder, or copies it if `to` is on another file system. Replaces nothing, and leaves no
 * partial copy.
 */
async function move(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EXDEV') throw error;
    // Across file systems, a missing folder is reported as EXDEV as well.
    await Deno.stat(from);
    await Deno.mkdir(to);
    try {
      await cp(from, to, { recursive: true });
    } catch (cause) {
      await Deno.remove(to, { recursive: true });
      throw cause;
    }
    await Deno.remove(from, { recursive: true });
  }
}

/** Hard-links the file, or copies it if the system does not allow links. */
async function link(file: string, input: string): Promise<void> {
  await Deno.link(await Deno.realPath(file), input).catch((error) => {
    if (error instanceof Deno.errors.NotFound) throw error;
    return Deno.copyFile(file, input);
  });
}

/** Copies the file for the sandbox user, read-only: uploads are not readable by other users. */
async function copyFor({ gid }: SandboxUser, file: string, input: string): Promise<void> {
  await Deno.copyFile(file, input);
  await Deno.chown(input, null, gid ?? null);
  await Deno.chmod(input, 0o440);
}

async function give(folder: string, { uid, gid }: SandboxUser): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  await Deno.chmod(folder, PRIVATE_FOLDER);
  await Deno.chown(folder, uid, gid);
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) await Deno.chown(join(folder, name), uid, gid);
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
