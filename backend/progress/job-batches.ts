/**
 * Set-based state changes of several jobs of one session, one statement each. They are conditional
 * as in {@link "./jobs.ts"}: every job by its own claim.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { messageValue } from '../database/messages.ts';
import { type Claim, type ClaimedJob, noticesOf, type Tick } from './jobs.ts';

/** Data of a job that a worker starts for the first time. */
export interface NewlyClaimed extends ClaimedJob {
  readonly claim: Claim;
}

/** A queue entry: the job, and the number of earlier dispatches. */
interface HandedOut {
  readonly id: string;
  readonly retryCount: number;
}

const column = (values: readonly unknown[], type: string): SQL =>
  sql`${sql.param(values)}::${sql.raw(type)}[]`;

const given = (claims: readonly Claim[]): SQL =>
  sql`${column(claims.map(({ jobId }) => jobId), 'uuid')},
    ${column(claims.map(({ attempt }) => attempt), 'int')}`;

/** Claims files that have never been started, by id, and marks them as being read. */
export async function claimNewJobs(
  tx: Executor,
  worker: string,
  handedOut: readonly HandedOut[],
): Promise<Map<string, NewlyClaimed>> {
  const claims = handedOut.map(({ id, retryCount }): Claim => ({
    jobId: id,
    worker,
    attempt: retryCount + 1,
  }));
  const rows = await tx.execute<ClaimedJob & { id: string }>(sql`${KEPT}
    update headway.job j set status = 'processing', worker = ${worker}, attempt = given.attempt,
      error = null, error_code = null, notices = null, next_attempt_at = null, step = 'extract',
      message = ${messageValue(message('starting'))}, started_at = now(), updated_at = now(),
      budget_progress = case when given.attempt = 1 then progress else budget_progress end
    from unnest(${given(claims)}) as given (id, attempt)
    where j.id = given.id and kind = 'file' and released_at is not null and status = 'queued'
      and started_at is null
    returning j.id, session_id, kind, file_id, name, language, with_upload, size::float8 as size,
      environment`);
  const claimOf = new Map(claims.map((claim) => [claim.jobId, claim]));
  return new Map(rows.map((row) => [row.id, { ...row, claim: claimOf.get(row.id)! }]));
}

const held = (worker: string): SQL =>
  sql`j.id = given.id and j.attempt = given.attempt and j.worker = ${worker}
    and j.status = 'processing'`;

/**
 * Locks the valid claims whose rows no other transaction has locked. They stay valid until the
 * transaction ends.
 */
export async function lockClaims(
  tx: Executor,
  worker: string,
  claims: readonly Claim[],
): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string }>(sql`${KEPT}
    select j.id from headway.job j join unnest(${given(claims)}) as given (id, attempt)
      on ${held(worker)}
    for update of j skip locked`);
  return new Set(rows.map(({ id }) => id));
}

/** The successful end of a file, with its measurements. */
export interface JobEnd extends Pick<Tick, 'processor' | 'unit' | 'units' | 'workedSeconds'> {
  readonly claim: Claim;
}

/**
 * Completes running jobs. Does not change their weights, which match the estimates of waiting jobs.
 */
export async function completeJobs(
  tx: Executor,
  worker: string,
  message: MessageDetails,
  ends: readonly JobEnd[],
): Promise<number> {
  const each = <K extends keyof JobEnd>(key: K, type: string) =>
    column(ends.map((end) => end[key]), type);
  const rows = await tx.execute(sql`${KEPT}
    update headway.job j set status = 'completed', progress = 100, step = 'index',
      message = ${messageValue(message)}, processor = given.processor, unit = given.unit,
      units = given.units, notices = ${noticesOf(sql`j`)},
      work_seconds = work_seconds + given.worked, finished_at = now(), updated_at = now()
    from unnest(${given(ends.map(({ claim }) => claim))}, ${each('processor', 'text')},
      ${each('unit', 'text')}, ${each('units', 'float8')}, ${each('workedSeconds', 'float8')})
      as given (id, attempt, processor, unit, units, worked)
    where ${held(worker)} returning 1`);
  return rows.length;
}

/**
 * Resets claimed jobs to queued, as if they had never started. Returns the ids of those whose
 * claims were valid.
 */
export async function unclaimJobs(
  tx: Executor,
  worker: string,
  claims: readonly Claim[],
): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string }>(sql`${KEPT}
    update headway.job j set status = 'queued', worker = null, step = 'queue', started_at = null,
      message = ${messageValue(message('waiting_for_turn'))}, updated_at = now()
    from unnest(${given(claims)}) as given (id, attempt)
    where ${held(worker)} returning j.id`);
  return new Set(rows.map(({ id }) => id));
}
