/**
 * A database server of its own for a measurement, with the program's settings.
 *
 * @module
 */
import postgres from 'postgres';
import { connect, type Database } from '../backend/database/connection.ts';
import { startEmbeddedPostgres } from '../backend/database/embedded.ts';
import { migrate } from '../backend/database/migrate.ts';
import { openQueue, type Queue } from '../backend/queue/boss.ts';

/** One database of the server, brought up to date, with its queue. */
export interface Ground {
  readonly db: Database;
  readonly sql: postgres.Sql;
  readonly queue: Queue;
}

/** Makes databases of these names for `work`; nothing of them is left afterwards. */
export async function withGrounds<T>(
  names: readonly string[],
  work: (grounds: readonly Ground[]) => Promise<T>,
): Promise<T> {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-bench-' });
  await Deno.chmod(dataDir, 0o755);
  const server = await startEmbeddedPostgres({ dataDir });
  const grounds: Ground[] = [];
  try {
    for (const name of names) grounds.push(await prepare(server.url, name));
    return await work(grounds);
  } finally {
    for (const { queue, db, sql } of grounds) {
      await queue.stop();
      await db.close();
      await sql.end();
    }
    await server.stop();
    await Deno.remove(dataDir, { recursive: true });
    if (server.dataDir !== dataDir) await Deno.remove(server.dataDir, { recursive: true });
  }
}

async function prepare(serverUrl: string, name: string): Promise<Ground> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => {} });
  await admin`create database ${admin(name)}`;
  await admin.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  const queue = await openQueue(url.href, { onError: (error) => console.error(`${error}`) });
  return { db: connect(url.href), sql: postgres(url.href, { onnotice: () => {} }), queue };
}
