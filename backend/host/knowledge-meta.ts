/**
 * The only SQL that writes `knowledge.meta`. Every write is one UPDATE whose new value is computed
 * from the row that it locks, so that concurrent writers never erase each other's keys or the app's
 * own. The column may be `json` or `jsonb`, SQL NULL or JSON `null`; `updated_at` is never changed.
 *
 * The app's former value is stored in `headway.original_meta` while `meta` contains progress. It is
 * restored exactly at the end of the last session, unless the app has changed its own part
 * meanwhile: then that part stays, with the `source` without which the app's list hides it.
 *
 * The app may write back a stale copy of `meta`. `original_meta.row_version` is the last version of
 * the row known to be right, so that any other one is detected without reading it. The original
 * stays for a day after the last session, for stale copies written as late.
 *
 * Objects under `processing_progress` and `processing_sessions` are Headway's, regardless of their
 * writer: those of sessions missing in this database are leftovers, and are removed. Other values
 * under these keys are the app's, and are restored with the original.
 *
 * @module
 */
import type { ProgressDocument } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { type Postponed, setRefusal, tryWrite } from '../database/try-write.ts';
import { editable, editableObject, fromEditable, marked } from './json.ts';

/** `meta` of `before`, the locked row, if it is an object, else an empty one. */
const base = sql`(case jsonb_typeof(before.value) when 'object' then before.value else '{}' end)`;

const sessions = sql`(case when jsonb_typeof(${base} -> 'processing_sessions') = 'object'
  then ${base} -> 'processing_sessions' else '{}'::jsonb end)`;

/** SQL: true if Headway wrote into `before`. */
const isWritten = sql`'object' in (coalesce(jsonb_typeof(${base} -> 'processing_sessions'), ''),
  coalesce(jsonb_typeof(${base} -> 'processing_progress'), ''))`;

const withoutProgress = (value: SQL) =>
  sql`(${value} - 'processing_progress' - 'processing_sessions')`;

/** The app's part of `before`. */
const own = withoutProgress(base);

/**
 * Adds `source` if it is missing, because the app's list hides an object without it; never replaces
 * the app's.
 */
const withSource = sql`(case when ${base} ? 'source' then '{}'::jsonb
  else '{"source":"local"}'::jsonb end)`;

/**
 * Stores the app's value of `before` if `meta` contains no progress yet, and the version of the row
 * that is right; null: to be checked. `ended`: time since which `meta` contains nothing of
 * Headway's.
 */
const keepOriginal = (version: SQL, ended: SQL) =>
  sql`insert into headway.original_meta as o (knowledge_id, meta, row_version, ended_at)
    select before.id, case when ${isWritten} then ${fromEditable(own)}::text
      else before.meta::text end, ${version}, ${ended}
    from before
    on conflict (knowledge_id) do update set
      meta = case when excluded.ended_at is not null or (select ${isWritten} from before)
        then o.meta else excluded.meta end,
      row_version = excluded.row_version,
      refused = case when excluded.row_version is null then o.refused end,
      refused_since = case when excluded.row_version is null then o.refused_since end,
      ended_at = case when excluded.ended_at is not null
        then coalesce(o.ended_at, excluded.ended_at) end`;

/** Maximum wait for the row of a knowledge base, milliseconds. */
const MOST_WAIT_MS = 250;

/**
 * Writes a session's document into `meta`, also as the latest one. If the app's row is locked, or a
 * trigger rejects the write, the transaction continues without it.
 *
 * A row that was right stays right; any other one is left to {@link changedMetas}.
 */
export async function putProgress(
  tx: Executor,
  knowledgeId: string,
  document: ProgressDocument,
): Promise<void> {
  const json = sql`${marked(JSON.stringify(document))}::jsonb`;
  const id = sql`${marked(document.session_id)}::text`;
  const value = sql`${base} || ${withSource} || jsonb_build_object(
    'processing_progress', ${json},
    'processing_sessions', ${sessions} || jsonb_build_object(${id}, ${json}))`;
  const version = sql`(select put.version from put join headway.original_meta known
    on known.knowledge_id = before.id and known.row_version = before.version)`;
  const writing = sql`${KEPT}
    with before as materialized (
      select k.id, k.meta, k.xmin::text as version, ${editable(sql`k.meta`)} as value
      from knowledge k where k.id = ${knowledgeId} for no key update
    ), put as (
      update knowledge set meta = ${fromEditable(value)}
      from before where knowledge.id = before.id and before.value is not null
      returning knowledge.xmin::text as version
    ) ${keepOriginal(version, sql`null::timestamptz`)}`;
  const failed = await tryWrite(tx, MOST_WAIT_MS, writing);
  if (failed) await leaveToLater(tx, knowledgeId, failed);
}

/** Makes {@link changedMetas} return the knowledge base of a postponed write. */
async function leaveToLater(tx: Executor, knowledgeId: string, failed: Postponed): Promise<void> {
  await tx.execute(sql`
    with before as materialized (
      select k.id, k.meta, ${editable(sql`k.meta`)} as value
      from knowledge k where k.id = ${knowledgeId}
    ) ${keepOriginal(sql`null`, sql`null::timestamptz`)}`);
  await notePostponed(tx, knowledgeId, failed);
}

/** Records the reason for which a write to the row of a knowledge base is pending. */
export async function notePostponed(
  tx: Executor,
  knowledgeId: string,
  { refused }: Postponed,
): Promise<void> {
  await tx.execute(sql`
    update headway.original_meta o set ${setRefusal(sql`o`, refused)}
    where knowledge_id = ${knowledgeId}`);
}

/** Value of `meta` once it contains no more progress. */
const withoutSessions = sql`case when original.own = case
      when not original.own ? 'source' and before.value -> 'source' = '"local"'
      then ${own} - 'source' else ${own} end
    then original.text::json else ${fromEditable(own)} end`;

/**
 * Replaces the documents in `meta` with those that `read` returns, the first one as the latest.
 * Without any, restores the app's value. `read` runs under the lock of the row, so that it sees the
 * documents that another transaction has committed by then.
 */
export async function replaceProgress(
  tx: Executor,
  knowledgeId: string,
  read: () => Promise<readonly ProgressDocument[]>,
): Promise<void> {
  await tx.execute(sql`select 1 from knowledge where id = ${knowledgeId} for no key update`);
  const documents = await read();
  const isEmpty = documents.length === 0;
  const progress = marked(JSON.stringify({
    processing_progress: documents[0],
    processing_sessions: Object.fromEntries(documents.map((each) => [each.session_id, each])),
  }));
  const value = sql`(${base} || ${withSource} || ${progress}::jsonb)`;
  const version = sql`coalesce((select put.version from put), before.version)`;
  await tx.execute(sql`
    with before as materialized (
      select k.id, k.meta, k.xmin::text as version, ${editable(sql`k.meta`)} as value
      from knowledge k where k.id = ${knowledgeId}
    ), original as materialized (
      select meta as text, ${withoutProgress(editableObject(sql`meta`))} as own
      from headway.original_meta where knowledge_id = ${knowledgeId}
    ), put as (
      update knowledge set meta = ${isEmpty ? withoutSessions : fromEditable(value)}
      from before left join original on true
      where knowledge.id = before.id and before.value is not null
        and ${isEmpty ? isWritten : sql`before.value <> ${value}`}
      returning knowledge.xmin::text as version
    ) ${keepOriginal(version, isEmpty ? sql`now()` : sql`null::timestamptz`)}`);
}

/**
 * {@link replaceProgress}, but like {@link putProgress} the transaction continues if the app's row
 * is locked or rejects the write.
 */
export async function tryReplaceProgress(
  tx: Executor,
  knowledgeId: string,
  read: () => Promise<readonly ProgressDocument[]>,
): Promise<void> {
  const failed = await tryWrite(
    tx,
    MOST_WAIT_MS,
    () => replaceProgress(tx, knowledgeId, read),
  );
  if (failed) await leaveToLater(tx, knowledgeId, failed);
}

/**
 * Knowledge bases with progress, now or within the last day, whose rows the app has written, or
 * whose write failed.
 */
export async function changedMetas(db: Executor): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select k.id from headway.original_meta o join knowledge k on k.id = o.knowledge_id
    where o.row_version is distinct from k.xmin::text
      and (o.refused is null or o.retry_at <= now())`);
  return rows.map(({ id }) => id);
}

/** Hours after the last session in which the app may write a stale copy of `meta`. */
const LATE_HOURS = 24;

/** Deletes the originals of knowledge bases that the app has deleted, and expired ones. */
export async function forgetOriginals(db: Executor): Promise<void> {
  await db.execute(sql`
    delete from headway.original_meta o
    where o.ended_at < now() - make_interval(hours => ${LATE_HOURS})
      or not exists (select 1 from knowledge k where k.id = o.knowledge_id)`);
}
