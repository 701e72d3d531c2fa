/**
 * Makes a model fast to load: ONNX Runtime's optimisation, three quarters of the loading time, is
 * done once and cached.
 *
 * @module
 */
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./optimize-program.ts', import.meta.url));
const LIBRARY = /^(lib)?onnxruntime[\d.]*\.(so|dylib|dll)$/;

/**
 * Path of the optimised form of the model at `path`: the library distinguishes forms by this
 * ending.
 */
export const optimizedPath = (path: string): string => path.replace(/\.onnx$/, '.ort');

/**
 * Replaces the model at `path` by its optimised form at {@link optimizedPath}, which is valid for
 * this kind of processor and this version of the library. A failure changes nothing.
 */
export async function optimize(path: string): Promise<void> {
  const library = await findLibrary().catch(() => null);
  if (!library) return;
  const target = optimizedPath(path);
  // In a separate process: it takes much memory, and calls a library by its addresses.
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--quiet', '-A', PROGRAM, library, path, target],
    stdin: 'null',
    stdout: 'null',
    stderr: 'null',
  }).output();
  if (!success) return await Deno.remove(target).catch(() => {});
  await sync(target);
  await Deno.remove(path);
}

async function sync(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.sync();
}

/** The ONNX Runtime of sherpa-onnx; null if it is built in. */
async function findLibrary(): Promise<string | null> {
  const manifest = await Deno.realPath(findPackageJSON('sherpa-onnx-node', import.meta.url)!);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const folder = join(dirname(manifest), '..', `sherpa-onnx-${platform}-${process.arch}`);
  for await (const { name } of Deno.readDir(folder)) {
    if (LIBRARY.test(name)) return join(folder, name);
  }
  return null;
}
