/**
 * The lock that keeps a second program off a data folder.
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

/** What the lock's holder says about itself. */
export interface LockInfo {
  pid: number;
  /** Where people find the running program. */
  url?: string;
  /** Where processes of the same installation find its database. Holds a password. */
  databaseUrl?: string;
  /** Folder of the embedded database. */
  databaseDir?: string;
  /** Why the embedded database does not run; null where it does. */
  databaseTrouble?: string | null;
}

export interface DataLockOptions {
  /** What is running, as the refusal names it. Default: `Headway`. */
  description?: string;
}

export interface DataLock {
  /** Tells later comers more about this process. */
  describe(info: Omit<LockInfo, 'pid'>): Promise<void>;
  release(): void;
}

/**
 * Takes the folder for this process alone and creates it where it is absent.
 *
 * @throws Error with a sentence for people when another process has it
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

/** What the program that holds this folder says about itself, or null when none does. */
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

/** Folder of the database at this address; null where it is not the embedded one. */
export async function findDatabaseDir(
  dataDir: string,
  databaseUrl: string,
): Promise<string | null> {
  const lock = await readDataLock(dataDir);
  return lock?.databaseUrl === databaseUrl ? lock.databaseDir ?? null : null;
}

/** Why the embedded database at this address does not run; null where that is not known. */
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

/** One line, written over the last one in one go, so that a reader never finds half of it. */
async function write(file: Deno.FsFile, info: LockInfo): Promise<void> {
  const line = new TextEncoder().encode(`${JSON.stringify(info)}\n`);
  await file.seek(0, Deno.SeekMode.Start);
  await file.write(line);
  await file.truncate(line.length);
}

/** Null when the holder has only just come, or the file is closed to this user. */
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
