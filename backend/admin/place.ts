/**
 * The installation of a command: found as a worker finds it, or started for the command.
 *
 * @module
 */
import { join } from 'node:path';
import { UNLIMITED } from '../database/client.ts';
import { connect, type Database } from '../database/connection.ts';
import { lockDataDir, readDataLock } from '../database/data-lock.ts';
import { startEmbeddedPostgres } from '../database/embedded.ts';
import { migrate, refuseUnusable } from '../database/migrate.ts';
import { openQueue, type Queue } from '../queue/boss.ts';
import { type Control, createControl } from '../queue/control.ts';

export interface PlaceSettings {
  readonly dataDir: string;
  /** Null: that of the running program, otherwise the embedded one of the data folder. */
  readonly databaseUrl: string | null;
  readonly staleSeconds: number;
  readonly retentionSeconds: number;
  /** Receives notes for people beside the result. */
  readonly say: (message: string) => void;
}

/** An open installation. */
export interface Place extends PlaceSettings {
  readonly databaseUrl: string;
  /** Address of the program that uses the data folder; null if none runs. */
  readonly runningAt: string | null;
  readonly db: Database;
  readonly queue: Queue;
  readonly control: Control;
}

export interface OpenOptions {
  /** Creates the folder and the tables if they are missing. @default false */
  readonly create?: boolean;
}

/** Opens the installation for `work` and closes it afterwards, in any case. */
export async function withPlace<T>(
  settings: PlaceSettings,
  { create = false }: OpenOptions,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const running = await readDataLock(settings.dataDir);
  const found = settings.databaseUrl ?? running?.databaseUrl;
  const databaseUrl = found ?? await wake(settings, create, stack);
  if (create || !found) await migrate(databaseUrl);
  else await refuseUnusable(databaseUrl);
  const db = connect(databaseUrl, { max: 4, name: 'headway-admin', ...UNLIMITED });
  stack.defer(() => db.close());
  await expectTables(db);
  const onError = (error: Error) => settings.say(`The queue complains: ${error.message}`);
  const queue = await openQueue(databaseUrl, { onError });
  stack.defer(() => queue.stop());
  const control = createControl(db, queue);
  const runningAt = running ? running.url ?? settings.dataDir : null;
  return await work({ ...settings, databaseUrl, runningAt, db, queue, control });
}

async function wake(
  { dataDir, say }: PlaceSettings,
  create: boolean,
  stack: AsyncDisposableStack,
): Promise<string> {
  if (!create && !(await Deno.stat(join(dataDir, 'headway.lock')).catch(() => null))) {
    throw new Error(
      `Headway was never started with this DATA_DIR: ${dataDir}: set DATA_DIR or DATABASE_URL`,
    );
  }
  const lock = await lockDataDir(dataDir);
  stack.defer(() => lock.release());
  say('Headway is not running: its database is started for this command');
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'database') });
  stack.defer(() => server.stop());
  return server.url;
}

async function expectTables(db: Database): Promise<void> {
  const rows = await db.orm.execute<{ there: boolean }>(
    `select to_regclass('headway.setting') is not null as there`,
  );
  if (rows[0]?.there) return;
  throw new Error('This database has no tables of this version: start Headway on it once');
}
