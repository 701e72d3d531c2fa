/**
 * Prunes old finished sessions, dead workers and orphaned bytes.
 *
 * This runs in the maintenance loop, not as a cron of pg-boss: a cron is missed if no process runs
 * at its time. The loop compares with the last run in the database and catches up right after a
 * start. It also needs no worker of its own.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { forgetOriginals } from '../host/knowledge-meta.ts';
import { removeDeletedBytes } from '../host/stored-files.ts';
import { forgetGoneFiles } from '../knowledge/gone-files.ts';
import { publishSessions } from '../progress/store.ts';

/** Storage of uploaded bytes. */
export interface StoredBytes {
  /** Files last written before a moment, in batches. */
  list(before: Date): AsyncIterable<string[]>;
  remove(path: string): Promise<void>;
}

export interface CleanOptions {
  /** Days after which finished sessions are deleted. */
  readonly historyDays: number;
  readonly bytes: StoredBytes;
  /** Least interval between two runs of all processes together, seconds. @default 3_600 */
  readonly everySeconds?: number;
}

/** Numbers of deleted items. */
export interface Cleaned {
  readonly sessions: number;
  readonly workers: number;
  readonly files: number;
}

/** Prunes, unless a run was recent: then returns null. */
export async function cleanWhenDue(db: Database, options: CleanOptions): Promise<Cleaned | null> {
  const rows = await db.orm.execute(sql`
    insert into headway.setting as s (key, value) values ('cleaned', 'true')
    on conflict (key) do update set updated_at = now()
      where s.updated_at < now() - make_interval(secs => ${options.everySeconds ?? 3600})
    returning 1`);
  return rows.length > 0 ? await clean(db, options) : null;
}

/** Prunes now. */
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

/** Deletes old sessions with their jobs. */
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

/** A living worker renews its row every few seconds, and removes it when it stops. */
async function forgetWorkers(db: Database): Promise<number> {
  const rows = await db.orm.execute(
    sql`delete from headway.worker where seen_at < now() - interval '1 hour' returning 1`,
  );
  return rows.length;
}

/** Age from which bytes without a row are orphans, seconds: bytes are written before their row. */
const ORPHAN_SECONDS = 24 * 60 * 60;

async function removeOrphans(db: Database, bytes: StoredBytes): Promise<number> {
  const orphans: string[] = [];
  let listed = 0;
  for await (const paths of bytes.list(new Date(Date.now() - ORPHAN_SECONDS * 1000))) {
    listed += paths.length;
    orphans.push(...await unknownOf(db, paths));
  }
  // A database that knows none of the files is likely the wrong one, or was restored too early.
  if (orphans.length === listed) return 0;
  for (const path of orphans) await bytes.remove(path);
  return orphans.length;
}

/**
 * Returns the paths that belong to no file. Compares names only, which are unique: another machine
 * may mount the folder elsewhere.
 */
export async function unknownOf(db: Database, paths: readonly string[]): Promise<string[]> {
  const rows = await db.orm.execute<{ path: string }>(sql`
    select given.path from unnest(${sql.param(paths)}::text[]) as given (path)
    where not exists (select 1 from file f
      where regexp_replace(f.path, '^.*/', '') = regexp_replace(given.path, '^.*/', ''))`);
  return rows.map((row) => row.path);
}
