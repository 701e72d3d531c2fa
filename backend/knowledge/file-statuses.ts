/**
 * The only writes of a status without a text into the app's rows of files: failed, waiting again,
 * or cancelled. Rows that are locked by another transaction, or rejected by a trigger, delay
 * nothing: their status is stored in `headway.unwritten_status` and written later, if it still
 * applies.
 *
 * @module
 */
import { CANCELLED, type FailureCode } from '#contract/failures.ts';
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { eachInTurn } from '../database/each-in-turn.ts';
import { storableJson } from '../database/json.ts';
import { KEPT } from '../database/kept.ts';
import { setRefusal, tryWrite } from '../database/try-write.ts';
import { otherKeys, withOtherKeys } from '../host/file-data.ts';
import { fileFields } from '../host/file-fields.ts';
import { holdsNothing } from '../host/file-text.ts';
import { readableObject } from '../host/json.ts';
import { forgottenPublished } from './stale-texts.ts';

/** Reason of a failed reading. */
export interface FileFailure {
  readonly fileId: string;
  readonly code: FailureCode;
  readonly reason: MessageDetails;
}

const statusOfRow = fileFields(sql`file`).status;

/**
 * Conditions for writing a status to a row of `file`: checked at once, and again for a postponed
 * one.
 */
const CONDITIONS = {
  /** The next reading deletes the failure. */
  failed: sql`exists (select 1 from headway.file_failure e where e.file_id = file.id)`,
  pending: sql`${statusOfRow} = 'failed'`,
  cancelled: sql`${statusOfRow} = 'pending'
    and ${readableObject(sql`file.data`)} ->> 'status' = 'pending' and not exists (
      select 1 from headway.job j where j.file_id = file.id and j.finished_at is null)
    and not exists (select 1 from headway.published_text p where p.file_id = file.id)`,
} as const satisfies Record<string, SQL>;

interface Status {
  readonly fileId: string;
  /** JSON. */
  readonly data: string;
}

/**
 * Records the failures of files. The app sees a failed file, with the reason and its code for other
 * languages, only if its row has no text.
 */
export async function failFiles(tx: Executor, failures: readonly FileFailure[]): Promise<void> {
  if (failures.length === 0) return;
  const column = (of: (failure: FileFailure) => string) => sql.param(failures.map(of));
  await tx.execute(sql`
    insert into headway.file_failure as e (file_id, code, message)
    select given.id, given.code, given.message::jsonb from unnest(${
    column(({ fileId }) => fileId)
  }::text[],
      ${column(({ code }) => code)}::text[],
      ${column(({ reason }) => storableJson(reason))}::text[]) as given (id, code, message)
    join file on file.id = given.id
    on conflict (file_id) do update
      set code = excluded.code, message = excluded.message, failed_at = now()`);
  const statuses = failures.map(({ fileId, code, reason }) => ({
    fileId,
    data: storableJson({ status: 'failed', error: formatMessage(reason), error_code: code }),
  }));
  await writeStatuses(tx, 'failed', statuses);
}

/**
 * Reopens files for another reading: the app sees those without text as pending, if they failed or
 * were cancelled.
 */
export async function reopenFiles(tx: Executor, fileIds: readonly string[]): Promise<void> {
  if (fileIds.length === 0) return;
  const ids = sql.param(fileIds);
  await tx.execute(sql`delete from headway.file_failure where file_id = any(${ids}::text[])`);
  const data = '{"status":"pending"}';
  await writeStatuses(tx, 'pending', fileIds.map((fileId) => ({ fileId, data })));
}

/**
 * Abandons files whose job was cancelled. The app sees those that it waits for and that were never
 * read as failed, unless another job continues them. The status of any other file stays.
 */
export async function abandonFiles(tx: Executor, fileIds: readonly string[]): Promise<void> {
  if (fileIds.length === 0) return;
  const data = JSON.stringify({ status: 'failed', error: 'Cancelled', error_code: CANCELLED });
  await writeStatuses(tx, 'cancelled', fileIds.map((fileId) => ({ fileId, data })));
}

/** Maximum number of postponed statuses per pass. */
const AT_ONCE = 200;

/**
 * Writes postponed statuses that are due. Throws the app's first refusal after all were tried; each
 * is retried after a growing delay.
 */
export async function writePostponed(db: Database): Promise<void> {
  // The app has created another row under the same id.
  await db.orm.execute(sql`
    delete from headway.unwritten_status u using file
    where file.id = u.file_id and file.created_at is distinct from u.row_created_at`);
  const due = await db.orm.execute<{ file_id: string }>(sql`
    select file_id from headway.unwritten_status where retry_at <= now()
    order by random() limit ${AT_ONCE}`);
  await eachInTurn(due, async ({ file_id }) => {
    const refusal = await db.orm.transaction((tx) => writeOne(tx, file_id));
    if (refusal) throw refusal;
  });
}

/** Returns the refusal of the app. */
async function writeOne(tx: Executor, fileId: string): Promise<unknown> {
  const [row] = await tx.execute<{ kind: keyof typeof CONDITIONS; data: string }>(sql`
    select kind, data from headway.unwritten_status where file_id = ${fileId}
    for update skip locked`);
  return row ? await writeStatuses(tx, row.kind, [{ fileId, data: row.data }]) : null;
}

/**
 * Maximum wait for a lock of the app's table or in its triggers, milliseconds; locked rows are
 * skipped.
 */
const MOST_WAIT_MS = 250;

/** SQL: true if only Headway's record has the published text of `file`, which is to be restored. */
const isToBeRestored = sql`exists (select 1 from headway.published_text p
  where p.file_id = file.id and p.content ~ '[^[:space:]]')`;

/**
 * Writes statuses where no text would be lost, within a transaction. Returns the refusal of the
 * app, or null.
 */
async function writeStatuses(
  tx: Executor,
  kind: keyof typeof CONDITIONS,
  statuses: readonly Status[],
): Promise<unknown> {
  // A session may have several jobs of one file.
  const dataOf = new Map(statuses.map(({ fileId, data }) => [fileId, data]));
  const ids = sql.param([...dataOf.keys()]);
  // Waits for a pass that is writing one of them before the conditions are read.
  await tx.execute(sql`${KEPT}
    select 1 from headway.unwritten_status where file_id = any(${ids}::text[])
    order by file_id for update`);
  const given = sql`(select * from unnest(${ids}::text[],
    ${sql.param([...dataOf.values()])}::text[]) as one (id, data))`;
  const mayBeWritten = sql`case when ${CONDITIONS[kind]}
    then ${holdsNothing(sql`file.data`)} and not ${isToBeRestored} else false end`;
  const failed = await tryWrite(
    tx,
    MOST_WAIT_MS,
    sql`
    with given as materialized ${given}, due as materialized (
      select file.id from given join file on file.id = given.id where ${mayBeWritten}
    ), free as materialized (
      select f.id from file f where f.id in (select id from due) order by f.id
      for no key update skip locked
    ), late as materialized (
      select id from due except select id from free
    ), written as (
      update file set updated_at = extract(epoch from now())::bigint,
        data = ${withOtherKeys(sql`given.data`, otherKeys(sql`file.data`))}
      from given join free on free.id = given.id
      where file.id = given.id and ${mayBeWritten}
      returning file.id
    ), ${forgottenPublished(sql`p.file_id in (select id from written)`)}, settled as (
      delete from headway.unwritten_status
      where file_id in (select id from given except select id from late)
    )
    ${postpone(kind, sql`given`, sql`given.id in (select id from late)`, null)}`,
  );
  if (!failed) return null;
  await tx.execute(postpone(kind, sql`${given} given`, sql`true`, failed.refused));
  return failed.refused === null ? null : failed.error;
}

const postpone = (kind: string, given: SQL, condition: SQL, refused: string | null) =>
  sql`insert into headway.unwritten_status as u
      (file_id, kind, data, row_created_at, refused, refused_since, retry_at)
    select given.id, ${kind}::text, given.data, file.created_at, ${refused}::text,
      case when ${refused}::text is not null then now() end, now()
    from ${given} join file on file.id = given.id where ${condition} order by given.id
    on conflict (file_id) do update set kind = excluded.kind, data = excluded.data,
      row_created_at = excluded.row_created_at, ${setRefusal(sql`u`, refused)}`;
