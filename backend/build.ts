/**
 * Builds the pages when their sources have changed since the last build.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputOf } from './lifetime/guard.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FRONTEND = join(ROOT, 'frontend');
const SOURCES = [
  'frontend/src',
  'frontend/static',
  'frontend/vite.config.ts',
  'backend/contract',
  'deno.lock',
];

/** Folder of the built pages. */
export const PAGES_DIR = join(FRONTEND, 'build');
const STAMP = join(PAGES_DIR, '.sources');
const VITE_BUILD = ['run', '--quiet', '-A', 'npm:vite', 'build', '--logLevel', 'warn'];

/** Builds unless the built pages match the current sources. Returns true if it built. */
export async function buildPages(log: (message: string) => void = () => {}): Promise<boolean> {
  const stamp = await sourcesHash();
  if (await Deno.readTextFile(STAMP).catch(() => '') === stamp) return false;
  log('Building the pages …');
  const [command, args] = publicly(Deno.execPath(), VITE_BUILD);
  const { code, stderr, stdout } = await outputOf(
    new Deno.Command(command, {
      args,
      cwd: FRONTEND,
      stdout: 'piped',
      stderr: 'piped',
    }),
  );
  if (code !== 0) {
    const decoder = new TextDecoder();
    throw new Error(
      `The pages could not be built:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`,
    );
  }
  await Deno.writeTextFile(STAMP, stamp, { mode: 0o644 });
  return true;
}

/**
 * A command whose output files every user may read: the pages are public, and outlive this program.
 */
function publicly(command: string, args: string[]): [string, string[]] {
  if (Deno.build.os === 'windows') return [command, args];
  return ['/bin/sh', ['-c', 'umask 022; exec "$0" "$@"', command, ...args]];
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const path of await filesBelow(join(ROOT, source))) {
      hash.update(path.slice(ROOT.length)).update(await Deno.readFile(path));
    }
  }
  return hash.digest('hex');
}

async function filesBelow(path: string): Promise<string[]> {
  const { isFile } = await Deno.stat(path);
  if (isFile) return [path];
  const names = await Array.fromAsync(Deno.readDir(path), (entry) => entry.name);
  const nested = await Promise.all(names.sort().map((name) => filesBelow(join(path, name))));
  return nested.flat();
}

if (import.meta.main) {
  const built = await buildPages(console.log);
  console.log(built ? `Built: ${PAGES_DIR}` : 'The pages are up to date');
}
