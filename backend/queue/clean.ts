/**
 * Clears away what is old: finished sessions, workers that died, bytes that belong to nothing.
 *
 * This runs in the upkeep loop, not by a schedule of pg-boss: a cron that nobody's process was there
 * to see is missed, while a loop that asks the database when it was last done catches up at its
 * first look after a start; and it needs no worker of its own to take the job.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { forgetOriginals } from '../host/knowledge-meta.ts';
import { removeDeletedBytes } from '../host/stored-files.ts';
import { forgetGoneFiles } from '../knowledge/gone-files.ts';
import { publishSessions } from '../progress/store.ts';

/** Where bytes of uploads are kept. */
export interface StoredBytes {
  /** Files that were last written before a moment, in lists of a bearable length. */
  list(before: Date): AsyncIterable<string[]>;
  remove(path: string): Promise<void>;
}

export interface CleanOptions {
  /** Finished sessions are forgotten after this long. */
  readonly historyDays: number;
  readonly bytes: StoredBytes;
  /** Cleaned at most this often, whatever the number of processes. @default 3_600 */
  readonly everySeconds?: number;
}

/** What was cleared away. */
export interface Cleaned {
  readonly sessions: number;
  readonly workers: number;
  readonly files: number;
}

/** Cleans, unless it was done a short while ago: then null. */
export async function cleanWhenDue(db: Database, options: CleanOptions): Promise<Cleaned | null> {
  const rows = await db.orm.execute(sql`
    insert into headway.setting as s (key, value) values ('cleaned', 'true')
    on conflict (key) do update set updated_at = now()
      where s.updated_at < now() - make_interval(secs => ${options.everySeconds ?? 3600})
    returning 1`);
  return rows.length > 0 ? await clean(db, options) : null;
}

/** Cleans now. */
export async function clean(
  db: Database,
  { historyDays, bytes }: CleanOptions,
): Promise<Cleaned> {
  await forgetGoneFiles(db.orm);
  await forgetOriginals(db.orm);
  return {
    sessions: await forgetSessions(db, historyDays),
    workers: await forgetWorkers(db),
    files: await removeDeletedBytes(db.orm, bytes, ORPHAN_SECONDS) + await removeOrphans(db, bytes),
  };
}

const SESSIONS_AT_ONCE = 200;

/** Their jobs go with them. */
async function forgetSessions(db: Database, days: number): Promise<number> {
  let forgotten = 0;
  while (true) {
    const rows = await db.orm.transaction(async (tx) => {
      const gone = await tx.execute<{ id: string; knowledge_id: string | null }>(sql`
        delete from headway.session where id in (
          select id from headway.session
          where finished_at < now() - make_interval(secs => ${days * 86_400})
          limit ${SESSIONS_AT_ONCE} for update skip locked)
        returning id, knowledge_id`);
      const knowledgeIds = new Set(gone.flatMap(({ knowledge_id }) => knowledge_id ?? []));
      for (const id of knowledgeIds) await publishSessions(tx, id);
      return gone;
    });
    forgotten += rows.length;
    if (rows.length < SESSIONS_AT_ONCE) return forgotten;
  }
}

/** A worker says every few seconds that it lives, and removes its row when it stops. */
async function forgetWorkers(db: Database): Promise<number> {
  const rows = await db.orm.execute(
    sql`delete from headway.worker where seen_at < now() - interval '1 hour' returning 1`,
  );
  return rows.length;
}

/** Bytes are written before their row: younger ones may get it yet. */
const ORPHAN_SECONDS = 24 * 60 * 60;

async function removeOrphans(db: Database, bytes: StoredBytes): Promise<number> {
  const orphans: string[] = [];
  let listed = 0;
  for await (const paths of bytes.list(new Date(Date.now() - ORPHAN_SECONDS * 1000))) {
    listed += paths.length;
    orphans.push(...await unknownOf(db, paths));
  }
  // A database that knows none of them is likely the wrong one, or was restored too early.
  if (orphans.length === listed) return 0;
  for (const path of orphans) await bytes.remove(path);
  return orphans.length;
}

/**
 * Those of the paths that no file has. By name alone, which is unique: the folder may be mounted
 * elsewhere on another machine.
 */
export async function unknownOf(db: Database, paths: readonly string[]): Promise<string[]> {
  const rows = await db.orm.execute<{ path: string }>(sql`
    select given.path from unnest(${sql.param(paths)}::text[]) as given (path)
    where not exists (select 1 from file f
      where regexp_replace(f.path, '^.*/', '') = regexp_replace(given.path, '^.*/', ''))`);
  return rows.map((row) => row.path);
}
