import process from 'node:process';
import postgres from 'postgres';
import { makeMemoryFolder } from '../../support/memory-folder.ts';
import { isAlive, processesBelow, signalTo, until } from '../../support/processes.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../backend/database/embedded.ts';
import { copyTree, run } from '../../../backend/database/embedded-program.ts';

const MODULE = new URL('../../../backend/database/embedded.ts', import.meta.url).href;

let dataDir: string;
let running: EmbeddedPostgres[] = [];

/** One cluster for all tests, started by each: creating it takes the most time. */
beforeAll(async () => {
  dataDir = await makeDataDir();
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
});

afterAll(() => Deno.remove(dataDir, { recursive: true }));

async function makeDataDir(): Promise<string> {
  return await Deno.realPath(await makeMemoryFolder('headway-embedded-'));
}

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, ...options });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<postgres.Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await sql.unsafe(text);
  } finally {
    // Without a limit it never resolves where the server closed the connection.
    await sql.end({ timeout: 1 });
  }
}

async function serverPid(): Promise<number> {
  const file = await Deno.readTextFile(`${dataDir}/cluster/data/postmaster.pid`);
  return Number(file.split('\n')[0]);
}

/** The server and its own children. */
async function serverProcesses(): Promise<number[]> {
  const server = await serverPid();
  const ps = await new Deno.Command('ps', { args: ['-A', '-o', 'pid=,ppid='] }).output();
  const rows = new TextDecoder().decode(ps.stdout).trim().split('\n');
  const pids = rows.map((row) => row.trim().split(/\s+/).map(Number));
  return pids.filter((row) => row.includes(server)).map(([pid]) => pid!);
}

/** One of the server's own processes, stopped as by a debugger. */
async function freezeOne(): Promise<number> {
  const server = await serverPid();
  const [frozen] = (await serverProcesses()).filter((pid) => pid !== server);
  if (!frozen) throw new Error(`The server has no processes: ${server}`);
  signalTo(frozen, 'SIGSTOP');
  return frozen;
}

/** A server that dies with no chance to tidy up, its `postmaster.pid` left behind. */
async function startAndKill(): Promise<void> {
  const server = await start();
  await query(server.url, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS one');
  process.kill(await serverPid(), 'SIGKILL');
  await server.ended;
}

/** Another program that starts the server; `kill` ends it, but not its server. */
async function startInAnotherProgram(): Promise<{ url: string; kill(): Promise<void> }> {
  const program = new Deno.Command(Deno.execPath(), {
    args: [
      'eval',
      `import { startEmbeddedPostgres } from ${JSON.stringify(MODULE)};
      console.log((await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })).url);`,
    ],
    stdin: 'null',
    stdout: 'piped',
  }).spawn();
  const reader = program.stdout.getReader();
  const url = new TextDecoder().decode((await reader.read()).value).trim();
  await reader.cancel();
  const kill = async () => {
    // With its guard, which would end the server.
    for (const guard of processesBelow(program.pid, /trap ''/)) signalTo(guard, 'SIGKILL');
    program.kill('SIGKILL');
    await program.status;
  };
  return { url, kill };
}

describe('startEmbeddedPostgres()', () => {
  test('starts where an earlier start broke off half way', async () => {
    await Deno.mkdir(`${dataDir}/cluster.unfinished/data`, { recursive: true });
    const server = await start();
    const rows = await query(server.url, 'SELECT current_database() AS name');
    expect(rows[0]).toEqual({ name: 'headway' });
    await expect(Deno.stat(`${dataDir}/cluster.unfinished`)).rejects.toThrow(Deno.errors.NotFound);
  });

  test('keeps data and address over stop and start', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE notes AS SELECT 7 AS seven');
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT seven FROM notes')).toEqual([{ seven: 7 }]);
  });

  test('is durable unless told otherwise', async () => {
    const durable = await start();
    expect(await query(durable.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await durable.stop();
    const quick = await start({ settings: { fsync: 'off' } });
    expect(await query(quick.url, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
  });

  test('knows letters beyond ASCII', async () => {
    const { url } = await start();
    const rows = await query(
      url,
      `SELECT lower('ÄÉЖ') AS lower, to_tsvector('simple', 'ÉCOLE Straße 日本') @@ 'école' AS found,
        pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = 'headway'`,
    );
    expect(rows).toEqual([{ lower: 'äéж', found: true, encoding: 'UTF8' }]);
  });

  test('lets nobody in without the password', async () => {
    const { url } = await start();
    for (const password of ['', 'wrong']) {
      const stranger = new URL(url);
      stranger.password = password;
      await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow(/password/);
    }
    expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(url, 'SHOW unix_socket_directories')).toEqual([
      { unix_socket_directories: '' },
    ]);
    const password = await Deno.stat(`${dataDir}/cluster/password`);
    expect(password.mode! & 0o777).toBe(0o600);
  });

  test('refuses a second start on the same folder', async () => {
    const { url } = await start();
    await expect(start()).rejects.toThrow(
      `The embedded database is already running on this data folder: ${dataDir} ` +
        `(process ${Deno.pid})`,
    );
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('names a port that is in use, and can be started on another afterwards', async () => {
    const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
    await expect(start({ port: listener.addr.port })).rejects.toThrow(
      `port ${listener.addr.port} is in use`,
    );
    await start();
    listener.close();
  });

  test('takes another port when that of the last run is in use', async () => {
    const { url, stop } = await start();
    await stop();
    const port = Number(new URL(url).port);
    const listener = Deno.listen({ hostname: '127.0.0.1', port });
    expect(new URL((await start()).url).port).not.toBe(`${port}`);
    listener.close();
  });

  test('says what the server said when it cannot start', async () => {
    await expect(start({ settings: { max_connections: 'many' } })).rejects.toThrow(
      /Could not start the database in .*max_connections/s,
    );
  });
});

describe('startEmbeddedPostgres() after a crash', () => {
  test('recovers from a server that was killed', async () => {
    await startAndKill();
    const { url } = await start();
    expect(await query(url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  test('ends the last processes of a server that was killed, also busy ones', async () => {
    const { url, kill } = await startInAnotherProgram();
    const busy = query(url, 'SELECT count(*) FROM generate_series(1, 12000000)').catch(() => {});
    await until('the query at work', async () => {
      const found = await query(
        url,
        `SELECT 1 FROM pg_stat_activity WHERE state = 'active'
        AND query LIKE '%12000000%' AND pid <> pg_backend_pid()`,
      );
      return found.length > 0;
    });
    process.kill(await serverPid(), 'SIGKILL');
    await kill();
    const again = await start();
    expect(await query(again.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await busy;
  });

  test('leaves a stranger alone that now has the pid of the old server', async () => {
    await startAndKill();
    const { uid, gid } = await Deno.stat(`${dataDir}/cluster`);
    const asServer = Deno.uid() === 0 ? { uid: uid!, gid: gid! } : {};
    const stranger = new Deno.Command('sleep', { args: ['60'], cwd: '/', ...asServer }).spawn();
    const path = `${dataDir}/cluster/data/postmaster.pid`;
    const lines = (await Deno.readTextFile(path)).split('\n');
    await Deno.writeTextFile(path, [stranger.pid, ...lines.slice(1)].join('\n'));

    const { url } = await start();
    expect(await query(url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(isAlive(stranger.pid)).toBe(true);
    stranger.kill('SIGKILL');
    await stranger.status;
  });

  test('takes over from a server whose program was killed', async () => {
    const program = await startInAnotherProgram();
    await query(program.url, 'CREATE TABLE orphaned AS SELECT 2 AS two');
    const orphan = await serverPid();
    await program.kill();
    expect(isAlive(orphan)).toBe(true);

    const said: string[] = [];
    const { url } = await start({ log: (line) => said.push(line) });
    expect(await serverPid()).not.toBe(orphan);
    expect(said[0]).toContain(`left behind (process ${orphan})`);
    expect(await query(url, 'SELECT two FROM orphaned')).toEqual([{ two: 2 }]);
  });
});

describe.runIf(Deno.build.os === 'linux')('a frozen process of the server', () => {
  test('ends with a server that was killed, and the next start succeeds', async () => {
    const server = await start();
    const frozen = await freezeOne();
    process.kill(await serverPid(), 'SIGKILL');
    await server.ended;
    expect(isAlive(frozen)).toBe(false);
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is ended by the next start where the program was killed as well', async () => {
    const program = await startInAnotherProgram();
    const server = await serverPid();
    const frozen = await freezeOne();
    await program.kill();
    process.kill(server, 'SIGKILL');
    // A shell in the same folder is no process of the server.
    const { uid, gid } = await Deno.stat(`${dataDir}/cluster`);
    const asServer = Deno.uid() === 0 ? { uid: uid!, gid: gid! } : {};
    const cwd = `${dataDir}/cluster/data`;
    const stranger = new Deno.Command('sh', { args: ['-c', 'cd "$0"; sleep 60', cwd], ...asServer })
      .spawn();
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect([isAlive(frozen), isAlive(stranger.pid)]).toEqual([false, true]);
    for (const pid of [...processesBelow(stranger.pid), stranger.pid]) signalTo(pid, 'SIGKILL');
    await stranger.status;
  });

  test('does not keep the server from stopping', async () => {
    const server = await start();
    const processes = await serverProcesses();
    await freezeOne();
    await server.stop();
    expect(processes.filter(isAlive)).toEqual([]);
  });

  test('may be the server itself', async () => {
    const program = await startInAnotherProgram();
    const server = await serverPid();
    signalTo(server, 'SIGSTOP');
    await program.kill();
    const { url } = await start();
    expect(isAlive(server)).toBe(false);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('stop()', () => {
  test('leaves no process, also with connections open, and may be called twice', async () => {
    const server = await start();
    const sql = postgres(server.url, { max: 1 });
    await sql`SELECT 1`;
    const processes = await serverProcesses();
    expect(processes.length).toBeGreaterThan(2);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(processes.filter(isAlive)).toEqual([]);
    await sql.end({ timeout: 0 });
  });
});

describe.runIf(Deno.uid() === 0)('startEmbeddedPostgres() as root', () => {
  test('keeps the data elsewhere when the server cannot reach the folder', async () => {
    const closed = await Deno.makeTempDir({ prefix: 'headway-embedded-' });
    const said: string[] = [];
    const first = await start({ dataDir: closed, log: (line) => said.push(line) });
    expect(first.dataDir).not.toBe(closed);
    expect(said[0]).toContain(`its data is kept in ${first.dataDir}`);
    await first.stop();
    const second = await start({ dataDir: closed });
    expect(second).toMatchObject({ url: first.url, dataDir: first.dataDir });
    await second.stop();
    await Deno.remove(first.dataDir, { recursive: true });
    await Deno.remove(closed, { recursive: true });
  });

  test('makes folders that the server can enter, whatever the umask', async () => {
    const parent = await makeDataDir();
    const made = `${parent}/new/database`;
    const umask = Deno.umask(0o077);
    try {
      const server = await start({ dataDir: made, settings: { fsync: 'off' } });
      expect(server.dataDir).toBe(made);
      expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      for (const [path, mode] of [['new', 0o711], ['new/database', 0o711]] as const) {
        expect((await Deno.stat(`${parent}/${path}`)).mode! & 0o777).toBe(mode);
      }
      await server.stop();
    } finally {
      Deno.umask(umask);
      await Deno.remove(parent, { recursive: true });
    }
  });

  test('keeps the data elsewhere, also under a umask that closes what is made there', async () => {
    const closed = await Deno.makeTempDir({ prefix: 'headway-embedded-' });
    const umask = Deno.umask(0o077);
    try {
      const server = await start({ dataDir: closed, settings: { fsync: 'off' } });
      expect(server.dataDir).not.toBe(closed);
      await server.stop();
      await Deno.remove(server.dataDir, { recursive: true });
    } finally {
      Deno.umask(umask);
      await Deno.remove(closed, { recursive: true });
    }
  });

  test('copies its program so that the server can run it, whatever the umask', async () => {
    const parent = await makeDataDir();
    await Deno.mkdir(`${parent}/from`, { mode: 0o700 });
    await Deno.writeTextFile(`${parent}/from/run`, '#!/bin/sh\nexec cat "$1"', { mode: 0o700 });
    await Deno.writeTextFile(`${parent}/from/text`, 'The fox', { mode: 0o600 });
    const umask = Deno.umask(0o077);
    try {
      await copyTree(`${parent}/from`, `${parent}/copy`);
      const user = { uid: 65_534, gid: 65_534 };
      const ran = await run(`${parent}/copy/run`, [`${parent}/copy/text`], { user, cwd: '/' });
      expect(ran).toEqual({ success: true, output: 'The fox' });
    } finally {
      Deno.umask(umask);
      await Deno.remove(parent, { recursive: true });
    }
  });

  test('takes a cluster that root copied back', async () => {
    const chown = new Deno.Command('chown', { args: ['-R', '0:0', `${dataDir}/cluster`] });
    expect((await chown.output()).success).toBe(true);
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('trusts no folder that somebody else made in its other place', async () => {
    const closed = await Deno.makeTempDir({ prefix: 'headway-embedded-' });
    const first = await start({ dataDir: closed });
    await first.stop();
    await Deno.chown(first.dataDir, 65_534, null);
    const second = await start({ dataDir: closed });
    expect(second.dataDir).not.toBe(first.dataDir);
    await second.stop();
    for (const dir of [first.dataDir, second.dataDir, closed]) {
      await Deno.remove(dir, { recursive: true });
    }
  });

  test('does not start empty elsewhere when a cluster is there but closed', async () => {
    await Deno.chmod(dataDir, 0o700);
    await expect(start()).rejects.toThrow(`can no longer reach its data: ${dataDir}`);
    await Deno.chmod(dataDir, 0o755);
  });
});
