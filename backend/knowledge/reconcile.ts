/**
 * Reconciles the app's rows with the texts that Headway wrote into them. The app rewrites
 * `file.data` as a whole and without a lock, so that a stale copy may overwrite a result.
 *
 * The text that Headway published is restored if the row has none, has one that was replaced, or
 * has the right one with another status or hash. Any other text in the row is newer, such as a
 * user's edit in the app; so is a replaced one that was written intentionally (`stale-texts.ts`).
 * It stays, and the published text is kept only as a stale one.
 *
 * A row that the app deleted and created again under the same id is another file, maybe of another
 * user: nothing is restored into it, and the content of the former one is removed.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { eachInTurn } from '../database/each-in-turn.ts';
import { limitLocks } from '../database/lock-limit.ts';
import { hostFile } from '../host/file-fields.ts';
import { hasText, textHash } from '../host/file-text.ts';
import { readText, removeContent } from './content.ts';
import { completeFile } from './finish-file.ts';
import { forgetFormer } from './gone-files.ts';
import { sha256 } from './hash.ts';
import { lockFiles } from './lock-files.ts';
import { indexRowText } from './row-text.ts';
import { forgetPublished, isIntended } from './stale-texts.ts';

/**
 * SQL: true if the row of `file f` has changed since it was known to contain the published text,
 * `p`.
 */
const changed = sql`p.row_version is distinct from f.xmin::text`;

/** Marks a version of a row whose text cannot be restored. */
const LOST = 'lost ';

/** Time after which a cancelled or failed reading is abandoned unless requested again, seconds. */
const ABANDONED_SECONDS = 60;

/** SQL: true if a reading, `headway.extraction e`, was interrupted and no job continues it. */
const abandoned = sql`(not e.complete
  and e.updated_at < now() - make_interval(secs => ${ABANDONED_SECONDS})
  and not exists (select 1 from headway.job j where j.file_id = e.file_id and j.finished_at is null))`;

/**
 * SQL: true if the row of `file f` was created again since the publication of `p`; its text may be
 * the same.
 */
const isAnother = sql`coalesce(p.row_created_at <> f.created_at, false)`;

/**
 * State of the published text, `p`, in the row of `file f`: `held`, `lost`, or a `newer` text; or
 * `another`, if the row is another file.
 */
export const standingOfRow: SQL = sql`(select case
    when now_held.hash = p.hash then
      case when ${hostFile.status} = 'completed' and f.hash is not distinct from p.hash
        then 'held' else 'lost' end
    when ${isAnother} then 'another'
    when not ${hasText(sql`f.data`)} then 'lost'
    when now_held.hash = any(p.replaced_hashes)
      and not ${isIntended(sql`f`, sql`now_held.hash`, sql`p.row_updated_at`)} then 'lost'
    else 'newer' end
  from (select ${textHash(sql`f.data`)} as hash offset 0) now_held)`;

/** SQL: true if the file of `p` is being read again, or may be. */
const busy = sql`exists (select 1 from headway.extraction e
  where e.file_id = p.file_id and not e.complete and not ${abandoned})`;

/** {@link standingOfRow}, or `busy` while the file is being read again, or may be. */
const standing = sql`(select case when ${busy} and of_row.standing <> 'another' then 'busy'
    else of_row.standing end
  from (select ${standingOfRow} as standing offset 0) of_row)`;

/** Files per pass. */
const AT_ONCE = 200;

/**
 * Restores the texts selected by `selection` (about `headway.published_text p`). Unchanged rows are
 * recognised by their version, without reading their text. Returns the restored files' ids.
 */
export async function reconcile(db: Database, selection: SQL): Promise<string[]> {
  const rows = await db.orm.execute<{ id: string }>(sql`
    select p.file_id as id from headway.published_text p join file f on f.id = p.file_id
    where ${selection} and ${changed} and p.row_version is distinct from ${LOST} || f.xmin::text
    limit ${AT_ONCE}`);
  return await whereTrue(db, rows, settle);
}

/** Maximum wait for the row of a file, milliseconds; the next pass tries again. */
const MOST_WAIT_MS = 500;

/**
 * Runs `work` for each file in a transaction of its own. Returns the ids for which it returned
 * true; throws the first error after all were tried.
 */
async function whereTrue(
  db: Database,
  rows: readonly { readonly id: string }[],
  work: (tx: Executor, id: string) => Promise<boolean>,
): Promise<string[]> {
  const ids: string[] = [];
  await eachInTurn(rows, async ({ id }) => {
    const done = await db.orm.transaction(async (tx) => {
      await tx.execute(limitLocks(MOST_WAIT_MS));
      return await work(tx, id);
    });
    if (done) ids.push(id);
  });
  return ids;
}

interface Published {
  [column: string]: unknown;
  hash: string;
  /** Null if the parts add up to it. */
  content: string | null;
  standing: 'held' | 'lost' | 'newer' | 'another' | 'busy';
  busy: boolean;
  version: string;
}

/** Reconciles one file under the lock of its row. Returns true if its text was restored. */
async function settle(tx: Executor, fileId: string): Promise<boolean> {
  await lockFiles(tx, [fileId]);
  const [row] = await tx.execute<Published>(sql`
    select p.hash, p.content, ${standing} as standing, ${busy} as busy,
      f.xmin::text as version
    from headway.published_text p join file f on f.id = p.file_id
    where p.file_id = ${fileId} and ${changed}`);
  if (!row || row.standing === 'busy') return false;
  if (row.standing === 'another') return await beginAnew(tx, fileId, row.busy);
  if (row.standing === 'newer') {
    await tx.execute(forgetPublished(sql`p.file_id = ${fileId}`));
    return false;
  }
  if (row.standing === 'held') return await note(tx, fileId, row.version);
  const text = row.content ?? await readText(tx, fileId);
  if (sha256(text) !== row.hash) return await note(tx, fileId, `${LOST}${row.version}`);
  const edited = row.content !== null;
  await completeFile(tx, fileId, { text, knowledgeId: null, edited, restored: true });
  return true;
}

async function note(tx: Executor, fileId: string, version: string): Promise<false> {
  await tx.execute(sql`
    update headway.published_text p set row_version = ${version}, row_created_at = f.created_at
    from file f where p.file_id = ${fileId} and f.id = p.file_id`);
  return false;
}

/**
 * Deletes the data of the former file of an id, and indexes the text in the present row. A reading
 * in progress keeps its parts.
 */
async function beginAnew(tx: Executor, fileId: string, busy: boolean): Promise<false> {
  await forgetFormer(tx, fileId, { content: !busy });
  if (!busy) await indexRowText(tx, fileId);
  return false;
}

/**
 * Age up to which texts are checked in every pass, seconds: the app holds a copy of a row for the
 * duration of a request.
 */
const RECENT_SECONDS = 3600;
/** Older texts per pass. */
const SLICE = 1000;

/**
 * Creates a function that reconciles, on each call, everything published within the last hour and
 * the next thousand of all others.
 */
export function createReconciler(db: Database): () => Promise<void> {
  let cursor = '';
  return async () => {
    const slice = await db.orm.execute<{ id: string }>(sql`
      select file_id as id from headway.published_text where file_id > ${cursor}
      order by file_id limit ${SLICE}`);
    const [after, last] = [cursor, slice.at(-1)?.id ?? ''];
    cursor = slice.length < SLICE ? '' : last;
    await eachInTurn([
      () => replaceAbandoned(db),
      () => reconcile(db, sql`p.published_at > now() - make_interval(secs => ${RECENT_SECONDS})`),
      () => reconcile(db, sql`p.file_id > ${after} and p.file_id <= ${last}`),
    ], (step) => step());
  };
}

const rowHasText = sql`coalesce(${hostFile.content} ~ '[^[:space:]]', false)`;

/** Abandoned readings that a text can replace: the row's, or the published one, kept as a whole. */
const replaceable = sql`
  from headway.extraction e join file f on f.id = e.file_id
    left join headway.published_text p on p.file_id = e.file_id
  where ${abandoned} and (${rowHasText} or (p.content is not null
    and p.row_version is distinct from ${LOST} || f.xmin::text))`;

/**
 * Replaces partial content of an abandoned reading with the app's text. The reading had removed the
 * earlier content, was cancelled or failed, and no job continues it. If a stale copy of the row has
 * replaced a text meanwhile, that text is restored first.
 */
export async function replaceAbandoned(db: Database): Promise<string[]> {
  const rows = await db.orm.execute<{ id: string }>(sql`
    select e.file_id as id ${replaceable} limit ${AT_ONCE}`);
  return await whereTrue(db, rows, replaceOne);
}

async function replaceOne(tx: Executor, id: string): Promise<boolean> {
  await lockFiles(tx, [id]);
  const [still] = await tx.execute(sql`select 1 ${replaceable} and e.file_id = ${id}`);
  if (!still) return false;
  await settle(tx, id);
  const [text] = await tx.execute(sql`select 1 from file f where f.id = ${id} and ${rowHasText}`);
  if (!text) return false;
  await removeContent(tx, id);
  return await indexRowText(tx, id);
}

export interface LostText {
  [column: string]: unknown;
  id: string;
  filename: string;
}

/** Files that Headway read but whose row has lost the text, or is not marked as completed. */
export async function findLostTexts(db: Executor): Promise<LostText[]> {
  return await db.execute<LostText>(sql`
    select f.id, f.filename from headway.published_text p join file f on f.id = p.file_id
    where ${changed} and ${standing} = 'lost'
    union all
    select f.id, f.filename ${unpublished} order by 1`);
}

/** Files read by an earlier release, which did not record its writes. */
const unpublished = sql`
  from headway.extraction e join file f on f.id = e.file_id
  where e.complete and not exists (
      select 1 from headway.published_text p where p.file_id = e.file_id)
    and (select j.status = 'completed' from headway.job j where j.file_id = e.file_id
      order by j.finished_at is null desc, j.finished_at desc limit 1)
    and not ${hasText(sql`f.data`)} and exists (
      select 1 from headway.part t where t.file_id = e.file_id and t.text ~ '[^[:space:]]')`;

/** Restores the text of one file found by {@link findLostTexts}, if still possible. */
export async function restoreText(db: Database, fileId: string): Promise<boolean> {
  return await db.orm.transaction(async (tx) => {
    if (await settle(tx, fileId)) return true;
    const [row] = await tx.execute(sql`select 1 ${unpublished} and f.id = ${fileId}`);
    if (!row) return false;
    const text = await readText(tx, fileId);
    await completeFile(tx, fileId, { text, knowledgeId: null, restored: true });
    return true;
  });
}
