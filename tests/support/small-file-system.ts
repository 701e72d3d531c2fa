/**
 * A file system of a few megabytes, for tests of a full disk.
 *
 * @module
 */

export interface SmallFileSystem extends AsyncDisposable {
  /** Mounts it again with other options, such as `size=8m` or `ro`. */
  remount(options: string): Promise<void>;
}

/**
 * Mounts a tmpfs over a folder until it is disposed of. Returns why it cannot, where mounting is not
 * permitted.
 */
export async function mountSmall(
  folder: string,
  options: string,
): Promise<SmallFileSystem | string> {
  const failure = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (failure !== null) return `a file system cannot be mounted here: ${failure}`;
  return {
    async remount(options) {
      const failure = await run('mount', ['-o', `remount,${options}`, folder]);
      if (failure !== null) throw new Error(`Could not remount ${folder}: ${failure}`);
    },
    async [Symbol.asyncDispose]() {
      await run('umount', ['-l', folder]);
    },
  };
}

/** Null on success, else what it printed. */
async function run(command: string, args: string[]): Promise<string | null> {
  try {
    const { success, stderr } = await new Deno.Command(command, { args }).output();
    return success ? null : new TextDecoder().decode(stderr).trim() || 'failed';
  } catch (error) {
    return String(error);
  }
}
