/**
 * Job transitions in the database: one named, conditional statement per change of state.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { FileStatus, Step } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { storableJson } from '../database/json.ts';
import { KEPT } from '../database/kept.ts';
import { messageValue } from '../database/messages.ts';
import { textAtRequest } from '../host/file-text.ts';
import { abandonFiles } from '../knowledge/file-statuses.ts';

/**
 * A worker's claim on a job. Every write of a run carries it, so that a lost claim changes nothing.
 */
export interface Claim {
  readonly jobId: string;
  readonly worker: string;
  readonly attempt: number;
}

/** Data of a job that a worker has claimed. */
export interface ClaimedJob {
  [column: string]: unknown;
  session_id: string;
  /** `file`, or the kind of an app job; only a `file` has a file. */
  kind: string;
  file_id: string;
  name: string;
  language: string | null;
  with_upload: boolean;
  size: number | null;
  /** Failure of the environment for which the job was snoozed. */
  environment: string | null;
}

export interface NewJob {
  readonly id: string;
  readonly sessionId: string;
  readonly fileId: string | null;
  readonly position: number;
  readonly name: string;
  readonly size: number | null;
  readonly mediaType: string | null;
  /** Last modification of a file still to be uploaded, epoch milliseconds. */
  readonly lastModified?: number | null;
  /** Folder of a file still to be uploaded, on the client's machine. */
  readonly folder?: string | null;
  readonly language: string | null;
  readonly status: FileStatus;
  readonly step: Step;
  readonly weight: number;
  /** Kind of an app job. */
  readonly kind?: string;
  readonly input?: unknown;
}

/**
 * Inserts jobs with any names and inputs. One JSON parameter carries them all: one parameter per
 * value takes ten times as long.
 */
export async function insertJobs(tx: Executor, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return;
  await tx.execute(sql`
    insert into headway.job (id, session_id, file_id, position, name, size, media_type, language,
      status, step, weight, kind, input, with_upload, last_modified, folder)
    select id, "sessionId", "fileId", position, name, size, "mediaType", language, status, step,
      weight, coalesce(kind, 'file'), input, "fileId" is null and kind is null, "lastModified", folder
    from json_to_recordset(${storableJson(jobs)}::text::json) as given (
      id uuid, "sessionId" text, "fileId" text, position int, name text, size bigint,
      "mediaType" text, language text, status text, step text, weight float8, kind text, input jsonb,
      "lastModified" bigint, folder text)`);
}

/**
 * Claims a queued job, or one whose former worker was lost: a file, or a job of one of the `kinds`.
 * Null if it must not run, or if a later attempt has claimed it.
 */
export async function claimJob(
  tx: Executor,
  claim: Claim,
  kinds: readonly string[],
): Promise<ClaimedJob | null> {
  const [row] = await tx.execute<ClaimedJob>(sql`${KEPT}
    update headway.job set status = 'processing', worker = ${claim.worker},
      attempt = ${claim.attempt}, error = null, error_code = null, notices = null,
      next_attempt_at = null,
      budget_progress = case when ${claim.attempt}::int = 1 then progress else budget_progress end,
      started_at = coalesce(started_at, now()), updated_at = now()
    where id = ${claim.jobId}::uuid and released_at is not null
      and (file_id is not null or kind = any(${sql.param(kinds)}::text[]))
      and (status in ('queued', 'interrupted')
        or (status = 'processing' and attempt < ${claim.attempt}::int))
    returning session_id, kind, file_id, name, language, with_upload, size::float8 as size,
      environment`);
  return row ?? null;
}

/** SQL condition: the job of a valid claim. */
export const heldBy = (claim: Claim): SQL =>
  sql`id = ${claim.jobId}::uuid and worker = ${claim.worker} and attempt = ${claim.attempt}
    and status = 'processing'`;

/** Reports whether the claim is valid. With `lock`, it stays valid until the transaction ends. */
export async function holdsClaim(tx: Executor, claim: Claim, lock = false): Promise<boolean> {
  const [row] = await tx.execute(
    sql`${KEPT} select 1 from headway.job where ${heldBy(claim)} ${lock ? sql`for update` : sql``}`,
  );
  return row !== undefined;
}

/** Progress of a running job, with its measurements. */
export interface Tick {
  readonly step: Step;
  readonly progress: number;
  readonly message: MessageDetails;
  readonly processor: string;
  readonly unit: string | null;
  readonly units: number | null;
  /** Null keeps the present weight. */
  readonly weight: number | null;
  readonly workedSeconds: number;
}

/** Advances a running job; its progress never decreases. */
export async function tickJob(
  tx: Executor,
  claim: Claim,
  tick: Tick,
): Promise<boolean> {
  const rows = await tx.execute(sql`${KEPT}
    update headway.job set step = ${tick.step}, message = ${messageValue(tick.message)},
      progress = greatest(progress, ${tick.progress}::float8), processor = ${tick.processor},
      unit = coalesce(${tick.unit}::text, unit), units = coalesce(${tick.units}::float8, units),
      weight = coalesce(${tick.weight}::float8, weight),
      work_seconds = work_seconds + ${tick.workedSeconds}::float8, updated_at = now()
    where ${heldBy(claim)} returning 1`);
  return rows.length > 0;
}

/** SQL: the notices on the extraction of the file of `job`. */
export const noticesOf = (job: SQL): SQL =>
  sql`(select e.notices from headway.extraction e where e.file_id = ${job}.file_id)`;

/** Completes a running job. */
export async function completeJob(
  tx: Executor,
  claim: Claim,
  { message, workedSeconds }: { message: MessageDetails; workedSeconds: number },
): Promise<boolean> {
  const rows = await tx.execute(sql`${KEPT}
    update headway.job set status = 'completed', progress = 100,
      step = case when kind = 'file' then 'index' else 'run' end,
      message = ${messageValue(message)}, work_seconds = work_seconds + ${workedSeconds}::float8,
      notices = ${noticesOf(sql`job`)}, finished_at = now(), updated_at = now()
    where ${heldBy(claim)} returning 1`);
  return rows.length > 0;
}

/** Fails a running job with its reason. */
export async function failJob(
  tx: Executor,
  claim: Claim,
  failure: { code: FailureCode; reason: MessageDetails },
): Promise<boolean> {
  const rows = await tx.execute(sql`
    update headway.job set status = 'error', error = ${messageValue(failure.reason)},
      error_code = ${failure.code}, message = ${messageValue(failure.reason)},
      finished_at = now(), updated_at = now()
    where ${heldBy(claim)} returning 1`);
  return rows.length > 0;
}

/** Requeues a running job for its next attempt. Keeps its checkpoint and its progress. */
export async function releaseJob(
  tx: Executor,
  claim: Claim,
  { message, delaySeconds }: { message: MessageDetails; delaySeconds: number },
): Promise<boolean> {
  const rows = await tx.execute(sql`
    update headway.job set status = 'queued', worker = null, message = ${messageValue(message)},
      next_attempt_at = now() + make_interval(secs => ${delaySeconds}), updated_at = now()
    where ${heldBy(claim)} returning 1`);
  return rows.length > 0;
}

/** Seconds since a started job last made progress; 0 if it was not started. */
export async function stillSeconds(db: Executor, jobId: string): Promise<number> {
  const [row] = await db.execute<{ seconds: number | null }>(sql`
    select extract(epoch from now() - greatest(j.started_at, e.updated_at))::float8 as seconds
    from headway.job j left join headway.extraction e on e.file_id = j.file_id
    where j.id = ${jobId}::uuid`);
  return row?.seconds ?? 0;
}

/** Preempts a running job, in favour of `by`. Keeps its checkpoint and its progress. */
export async function interruptJob(
  tx: Executor,
  claim: Claim,
  by: MessageDetails,
): Promise<boolean> {
  const rows = await tx.execute(sql`
    update headway.job set status = 'interrupted', worker = null, interrupted_by = ${
    messageValue(by)
  },
      interruptions = interruptions + 1, updated_at = now(),
      message = jsonb_build_object('code', 'preempted', 'params', jsonb_build_object(
        'by', ${messageValue(by)},
        'at', case message ->> 'code' when 'preempted' then message #> '{params,at}' else message end))
    where ${heldBy(claim)} returning 1`);
  return rows.length > 0;
}

/** Stores the language for the next attempt of a file's jobs. */
export async function setLanguage(
  tx: Executor,
  fileId: string,
  language: string | null,
): Promise<void> {
  await tx.execute(sql`
    update headway.job set language = ${language} where file_id = ${fileId} and kind = 'file'`);
}

/** The jobs of a session that a command applies to: all, or one. */
export interface JobSelection {
  readonly sessionId: string;
  readonly jobId?: string;
}

/** Selection of jobs to retry. */
export interface RetrySelection extends JobSelection {
  /** Only jobs that failed, for this reason or any. If absent, cancelled jobs as well. */
  readonly failed?: FailureCode | 'any';
}

const selected = ({ sessionId, jobId }: JobSelection) =>
  sql`session_id = ${sessionId} ${jobId ? sql`and id = ${jobId}::uuid` : sql``}`;

/** Cancels unfinished jobs and their files. Returns the ids of the changed jobs. */
export async function cancelJobs(tx: Executor, selection: JobSelection): Promise<string[]> {
  const rows = await tx.execute<{ id: string; file_id: string | null }>(sql`
    update headway.job set status = 'cancelled', message = ${
    messageValue(message('cancelled'))
  }, finished_at = now(),
      updated_at = now()
    where ${selected(selection)} and finished_at is null returning id, file_id`);
  await abandonFiles(tx, rows.flatMap(({ file_id }) => file_id ?? []));
  return rows.map(({ id }) => id);
}

/** Pauses jobs that wait, run or are being uploaded. Returns the ids of the changed jobs. */
export function pauseJobs(tx: Executor, selection: JobSelection): Promise<string[]> {
  return changed(
    tx,
    sql`
    update headway.job set status = 'paused', message = ${
      messageValue(message('paused'))
    }, updated_at = now()
    where ${selected(selection)} and status in ('queued', 'interrupted', 'processing', 'uploading')
    returning id`,
  );
}

/** True if a resumed job waits for its bytes first, not for its turn. */
const awaitsBytes = sql`(with_upload and file_id is null)`;
const waitingStatus = sql`case when ${awaitsBytes} then 'uploading' else 'queued' end`;
const waitingMessage = sql`case when ${awaitsBytes} then ${
  messageValue(message('waiting_for_bytes'))
}
    else ${messageValue(message('waiting_for_turn'))} end`;

/** Requeues paused jobs. Returns the ids of the changed jobs. */
export function resumeJobs(tx: Executor, selection: JobSelection): Promise<string[]> {
  return changed(
    tx,
    sql`
    update headway.job set status = ${waitingStatus}, message = ${waitingMessage}, updated_at = now()
    where ${selected(selection)} and status = 'paused' returning id`,
  );
}

/**
 * Retries failed and cancelled jobs; those without stored bytes wait for the upload. Returns the
 * ids of the changed jobs.
 */
export function retryJobs(tx: Executor, selection: RetrySelection): Promise<string[]> {
  const { failed } = selection;
  const states = failed ? sql`('error')` : sql`('error', 'cancelled')`;
  return changed(
    tx,
    sql`
    update headway.job set status = ${waitingStatus}, message = ${waitingMessage},
      step = case when ${awaitsBytes} then 'upload' else 'queue' end, error = null,
      error_code = null, started_at = null, finished_at = null, updated_at = now(), failures = 0,
      failure_key = null, suspect = false, environment = null, environment_since = null,
      checkpoint = case when kind = 'file'
        then ${textAtRequest(sql`job.file_id`)} else checkpoint end,
      released_at = coalesce(released_at, now())
    where ${selected(selection)} and status in ${states}
      and (file_id is not null or kind <> 'file' ${failed ? sql`` : sql`or with_upload`})
      ${failed && failed !== 'any' ? sql`and error_code = ${failed}` : sql``}
    returning id`,
  );
}

async function changed(tx: Executor, statement: ReturnType<typeof sql>): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(statement);
  return rows.map((row) => row.id);
}
