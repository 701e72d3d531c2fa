/**
 * The folders of the storage on disk, while the program runs: deleted ones are created again,
 * unless their file system is not mounted.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { dirname, join, resolve } from 'node:path';
import { makePrivateFolder } from '../folders/folders.ts';

export class DiskFolders {
  /** Folder of complete files. */
  readonly files: string;
  /** Folder of files that arrive by one request. */
  readonly incoming: string;
  /** Folder of partial uploads. */
  readonly partial: string;
  #device: number | null = null;

  private constructor(dataDir: string) {
    this.files = resolve(dataDir, 'uploads');
    this.incoming = join(this.files, 'incoming');
    this.partial = join(this.files, 'partial');
  }

  static async open(dataDir: string): Promise<DiskFolders> {
    const folders = new DiskFolders(dataDir);
    await folders.#make();
    return folders;
  }

  /** Runs `work`; once more if a folder was missing and could be created. */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || await this.#isWhole()) throw error;
      await this.expectHere();
      await this.#make();
      return await work();
    }
  }

  /**
   * Call it before a file is reported as missing. Throws {@link AppError} `unavailable` if the file
   * system of the folders is not mounted: then no folder is created in its place.
   */
  async expectHere(): Promise<void> {
    if (await this.#isWhole()) return;
    const { path, device } = await nearest(this.files);
    if (device === this.#device) return;
    throw new AppError('unavailable', message('storage_absent'), {
      // For workers: a failure of the environment.
      cause: Object.assign(new Error(`Another file system is at ${path}`), {
        code: 'EHOSTUNREACH',
      }),
      retryAfterSeconds: 5,
    });
  }

  async #isWhole(): Promise<boolean> {
    const found = await Promise.all([this.incoming, this.partial].map(deviceOf));
    return found.every((device) => device !== undefined);
  }

  async #make(): Promise<void> {
    for (const folder of [this.files, this.incoming, this.partial]) await makePrivateFolder(folder);
    this.#device = await deviceOf(this.files) ?? null;
  }
}

/** The device of the folder, or of its nearest existing parent. */
async function nearest(path: string): Promise<{ path: string; device: number | null }> {
  const device = await deviceOf(path);
  if (device !== undefined || dirname(path) === path) return { path, device: device ?? null };
  return await nearest(dirname(path));
}

/** Undefined if there is no such folder; null if the system gives no device. */
async function deviceOf(path: string): Promise<number | null | undefined> {
  try {
    return (await Deno.stat(path)).dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
