/**
 * The folders of the storage on disk, while the program runs: removed ones are made again, unless
 * their file system is away.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { dirname, join, resolve } from 'node:path';
import { makePrivateFolder } from '../folders/folders.ts';

export class DiskFolders {
  /** Of files that are whole. */
  readonly files: string;
  /** Of files that come in by one request. */
  readonly incoming: string;
  /** Of uploads in pieces. */
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

  /** Does `work`; once more where a folder was not there and could be made. */
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
   * To be called before a file is said to be gone. Throws {@link AppError} `unavailable` where the
   * file system of the folders is away: nothing is made then where it was.
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

/** The device of the folder, or of the first one above it that is there. */
async function nearest(path: string): Promise<{ path: string; device: number | null }> {
  const device = await deviceOf(path);
  if (device !== undefined || dirname(path) === path) return { path, device: device ?? null };
  return await nearest(dirname(path));
}

/** Undefined where there is no such folder; null where the system does not say. */
async function deviceOf(path: string): Promise<number | null | undefined> {
  try {
    return (await Deno.stat(path)).dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
