/**
 * Lock of a data folder against a second program.
 *
 * The operating system holds it with the open file, so it ends with the process and is never stale.
 *
 * @module
 */
import { join } from 'node:path';
import { makeDataFolder, PRIVATE_FILE } from '../folders/folders.ts';

const LOCK_FILE = 'headway.lock';
const RETRIES = 5;
const RETRY_MS = 50;

/** Data of the lock's holder. */
export interface LockInfo {
  pid: number;
  /** Address of the running program. */
  url?: string;
  /** URL of the installation's database for its other processes. Contains a password. */
  databaseUrl?: string;
  /** Folder of the embedded database. */
  databaseDir?: string;
  /** Reason why the embedded database does not run; null while it runs. */
  databaseTrouble?: string | null;
}

export interface DataLockOptions {
  /** Name of the running program in the refusal. Default: `Headway`. */
  description?: string;
}

export interface DataLock {
  /** Publishes more data of this process. */
  describe(info: Omit<LockInfo, 'pid'>): Promise<void>;
  release(): void;
}

/**
 * Locks the folder for this process and creates it if it is missing.
 *
 * @throws Error with a sentence for people when another process holds it
 */
export async function lockDataDir(
  dataDir: string,
  { description = 'Headway' }: DataLockOptions = {},
): Promise<DataLock> {
  const path = join(dataDir, LOCK_FILE);
  const file = await open(dataDir, path);
  if (!(await acquire(file))) {
    file.close();
    throw new Error(refusal(description, dataDir, await readInfo(path)));
  }
  await write(file, { pid: Deno.pid });
  return {
    describe: (info) => write(file, { ...info, pid: Deno.pid }),
    release: () => file[Symbol.dispose](),
  };
}

/** Data of the program that holds this folder; null if there is none. */
export async function readDataLock(dataDir: string): Promise<LockInfo | null> {
  const path = join(dataDir, LOCK_FILE);
  const file = await Deno.open(path).catch(() => null);
  if (file === null) return null;
  try {
    return await file.tryLock(false) ? null : await readInfo(path);
  } finally {
    file.close();
  }
}

/** Folder of the database at this URL; null if it is not the embedded one. */
export async function findDatabaseDir(
  dataDir: string,
  databaseUrl: string,
): Promise<string | null> {
  const lock = await readDataLock(dataDir);
  return lock?.databaseUrl === databaseUrl ? lock.databaseDir ?? null : null;
}

/** Reason why the embedded database at this URL does not run; null if unknown. */
export async function findDatabaseTrouble(
  dataDir: string,
  databaseUrl: string,
): Promise<string | null> {
  const lock = await readDataLock(dataDir);
  return lock?.databaseUrl === databaseUrl ? lock.databaseTrouble ?? null : null;
}

async function open(dataDir: string, path: string): Promise<Deno.FsFile> {
  try {
    await makeDataFolder(dataDir);
    return await Deno.open(path, { read: true, write: true, create: true, mode: PRIVATE_FILE });
  } catch (cause) {
    const advice = 'start as the user who owns it, or set DATA_DIR to another folder';
    throw new Error(`Could not use the data folder: ${dataDir}: ${advice}`, { cause });
  }
}

/** Tries more than once: a reader holds the lock for an instant. */
async function acquire(file: Deno.FsFile): Promise<boolean> {
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    if (await file.tryLock(true)) return true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}

/** Writes one line over the previous one in one call, so that a reader never sees half of it. */
async function write(file: Deno.FsFile, info: LockInfo): Promise<void> {
  const line = new TextEncoder().encode(`${JSON.stringify(info)}\n`);
  await file.seek(0, Deno.SeekMode.Start);
  await file.write(line);
  await file.truncate(line.length);
}

/** Null if the holder has only just started, or if this user has no access to the file. */
async function readInfo(path: string): Promise<LockInfo | null> {
  try {
    const [line = ''] = (await Deno.readTextFile(path)).split('\n');
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function refusal(description: string, dataDir: string, info: LockInfo | null): string {
  const place = info?.url ?? dataDir;
  const holder = info === null ? '' : ` (process ${info.pid})`;
  return `${description} is already running on this data folder: ${place}${holder}`;
}
