/**
 * The sandbox of a process that reads untrusted files: permissions, environment, user and limits.
 *
 * A file that exploits its reader can access its own bytes and the installed packages. For
 * recordings it can also access the speech model and one writable folder. There is no network, no
 * environment and no other file.
 *
 * @module
 */
import { findPackageJSON } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { endWithUs } from '../lifetime/guard.ts';
import type { ReadingLimits } from '../processing/limits.ts';
import { SAMPLE_RATE } from '../processing/transcribe/segment.ts';
import type { SandboxFolder } from './sandbox-folder.ts';

export interface SandboxOptions {
  readonly deno: string;
  readonly program: string;
  readonly folder: SandboxFolder;
  readonly limits: ReadingLimits;
  /** Folder of speech models; null for documents, which need no native code and no writing. */
  readonly modelDir: string | null;
}

/** Starts a program with standard input and output piped. */
export async function startSandboxed(options: SandboxOptions): Promise<Deno.ChildProcess> {
  const { deno, program, folder, limits } = options;
  const heap = `--v8-flags=--max-old-space-size=${Math.ceil(limits.maxMemoryBytes / 1024 ** 2)}`;
  const run = ['run', '--quiet', heap, ...CLOSED, ...await permissions(options), program];
  const [command, args] = withLimits(deno, run, limits);
  const child = new Deno.Command(command, {
    args,
    ...folder.user,
    cwd: folder.path,
    clearEnv: true,
    env: environment(),
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'inherit',
  }).spawn();
  // A process that is busy with native code does not notice the end of its input.
  child.status.then(endWithUs(child.pid));
  return child;
}

/** Reading a variable gives `undefined`: libraries read theirs at load time. */
const CLOSED = ['--no-prompt', '--cached-only', '--deny-import', '--ignore-env'];

async function permissions({ folder, modelDir }: SandboxOptions): Promise<string[]> {
  const packages = await packagesFolder();
  if (modelDir === null) return [`--allow-read=${paths(folder.input, packages)}`];
  const tools = (await Promise.all(['ffmpeg', 'ffprobe'].map(findTool))).filter((path) => path);
  return [
    `--allow-read=${paths(folder.input, folder.work, packages, modelDir)}`,
    `--allow-write=${paths(folder.work)}`,
    `--allow-ffi=${paths(packages)}`,
    ...(tools.length > 0 ? [`--allow-run=ffmpeg,ffprobe`] : []),
  ];
}

/** Deno reads a doubled comma as one that belongs to a path. */
const paths = (...list: string[]) => list.map((path) => path.replaceAll(',', ',,')).join();

/** The folder of all installed packages, whatever its place by the package manager. */
export async function packagesFolder(): Promise<string> {
  const manifest = findPackageJSON('file-type', import.meta.url);
  if (!manifest) throw new Error('The packages that read files are not installed');
  const path = await Deno.realPath(manifest);
  const [above] = path.split(/[\\/]node_modules[\\/]/);
  return above === path ? dirname(dirname(dirname(path))) : join(above!, 'node_modules');
}

async function findTool(name: string): Promise<string | null> {
  for (const folder of (Deno.env.get('PATH') ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder && await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return null;
}

/** Variables by which Deno finds its cache, and ffmpeg its parts; no setting of this project. */
const VARIABLES = [
  ...['PATH', 'HOME', 'DENO_DIR', 'XDG_CACHE_HOME', 'LANG', 'TZ'],
  ...['SystemRoot', 'LOCALAPPDATA', 'USERPROFILE', 'TEMP'],
];

function environment(): Record<string, string> {
  const values = VARIABLES.map((name) => [name, Deno.env.get(name)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Address space that V8 and its threads reserve and do not use. */
const RESERVED_BYTES = 1024 ** 3;

/**
 * Wraps the command in system limits, which apply to ffmpeg too. No core dump; no file larger than
 * the longest decoded recording; no more data than the memory limit plus V8's reservation.
 */
function withLimits(
  command: string,
  args: string[],
  { maxMemoryBytes, maxRecordingSeconds }: ReadingLimits,
): [string, string[]] {
  if (Deno.build.os === 'windows') return [command, args];
  const fileBlocks = Math.ceil((maxRecordingSeconds + 60) * SAMPLE_RATE * 2 / 512);
  const dataKiB = Math.ceil((maxMemoryBytes + RESERVED_BYTES) / 1024);
  const set = [`ulimit -c 0`, `ulimit -f ${fileBlocks}`, `ulimit -d ${dataKiB}`];
  // A limit that the system does not know or allow is skipped.
  const script = `${set.map((limit) => `${limit} 2>/dev/null`).join('; ')}; exec "$0" "$@"`;
  return ['/bin/sh', ['-c', script, command, ...args]];
}
