/**
 * A pooler in front of the database: in transaction mode it is refused, in session mode it works.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../backend/database/connection.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { createHeadway, startHeadwayWorker } from '../../../backend/mod.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/processes.ts';
import { startTransactionPooler } from '../../support/transaction-pooler.ts';

const REFUSAL = /pooler in transaction or statement mode.*pool_mode = session/;

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  dataDir = await Deno.makeTempDir({ prefix: 'headway-pooler-' });
  database = await createTestDatabase({ migrated: true });
});
afterAll(async () => {
  await database.drop();
  await Deno.remove(dataDir, { recursive: true });
});

/** No program starts behind this address. */
async function isRefused(url: string): Promise<void> {
  const place = { databaseUrl: url, dataDir };
  await expect(migrate(url)).rejects.toThrow(REFUSAL);
  await expect(createHeadway(place)).rejects.toThrow(REFUSAL);
  await expect(startHeadwayWorker(place)).rejects.toThrow(REFUSAL);
}

test.each([2, 3, 6])('transaction mode with %i sessions is refused', async (sessions) => {
  const pooler = await startTransactionPooler(database.url, { sessions });
  await isRefused(pooler.url);
  await pooler.close();
});

describe('pgbouncer', () => {
  const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(isThere);

  async function startPgbouncer(mode: string): Promise<{ url: string; stop(): Promise<void> }> {
    const { hostname, port, username, password, pathname } = new URL(database.url);
    const folder = await Deno.makeTempDir({ prefix: 'headway-pgbouncer-' });
    await Deno.chmod(folder, 0o755);
    const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
    const own = listener.addr.port;
    listener.close();
    await Deno.writeTextFile(join(folder, 'users'), `"${username}" "${password}"\n`);
    await Deno.writeTextFile(
      join(folder, 'ini'),
      `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users')}
pool_mode = ${mode}
default_pool_size = 20
`,
    );
    const child = new Deno.Command(PGBOUNCER ?? '', {
      args: [...(Deno.uid() === 0 ? ['-u', 'nobody'] : []), join(folder, 'ini')],
      stdin: 'null',
      stdout: 'null',
      stderr: 'null',
    }).spawn();
    await until(
      'pgbouncer to listen',
      () =>
        Deno.connect({ hostname: '127.0.0.1', port: own }).then(
          (it) => (it.close(), true),
          () => false,
        ),
    );
    return {
      url: `postgres://${username}:${password}@127.0.0.1:${own}${pathname}`,
      async stop() {
        child.kill('SIGINT');
        await child.status;
        await Deno.remove(folder, { recursive: true });
      },
    };
  }

  test.skipIf(!PGBOUNCER).each(['transaction', 'statement'])(
    'is refused in %s mode',
    async (mode) => {
      const pooler = await startPgbouncer(mode);
      await isRefused(pooler.url);
      await pooler.stop();
    },
  );

  test.skipIf(!PGBOUNCER)('works in session mode', async () => {
    const pooler = await startPgbouncer('session');
    await migrate(pooler.url);
    const db = connect(pooler.url, { max: 2 });
    const heard: string[] = [];
    const subscription = await db.listen('pooled', (payload) => heard.push(payload));
    await database.sql`select pg_notify('pooled', 'a')`;
    await until('a message', () => heard.length > 0);
    await subscription.unlisten();
    await db.close();
    await pooler.stop();
  });
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
