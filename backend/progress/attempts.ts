/**
 * The record that a failed attempt leaves on its job. Attempts count only while the job makes no
 * progress; failures of the environment do not count.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { Environment } from '#contract/messages/work.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { messageValue } from '../database/messages.ts';
import { type Claim, heldBy } from './jobs.ts';

/** The attempts of a job, including the present failure. */
export interface Failures {
  /** Failed attempts since the job last made progress. */
  readonly failures: number;
  /** True if the attempt before threw the same exception at the same checkpoint. */
  readonly repeated: boolean;
  readonly suspect: boolean;
}

/** Stored progress of a job, 0–1: the start of its next attempt. */
const STORED = sql`case when j.kind = 'file'
  then coalesce((select e.fraction from headway.extraction e where e.file_id = j.file_id), 0)
  when j.checkpoint is not null then j.progress / 100 else 0 end`;

/** Records a failed attempt. Returns null if the claim is lost. */
export async function recordFailure(
  tx: Executor,
  claim: Claim,
  { key, suspect }: { readonly key: string | null; readonly suspect: boolean },
): Promise<Failures | null> {
  const [row] = await tx.execute<Failures & Record<string, unknown>>(sql`
    with before as (
      select id, failures, failure_key, stored, stored > failed_fraction as moved
      from (select *, ${STORED} as stored from headway.job j where ${heldBy(claim)} for update) j
    )
    update headway.job set failed_fraction = before.stored, failure_key = ${key}::text,
      failures = case when before.moved then 1 else before.failures + 1 end,
      suspect = suspect or ${suspect}, environment = null, environment_since = null
    from before where job.id = before.id
    returning job.failures, job.suspect, not before.moved and before.failures > 0
      and coalesce(before.failure_key = ${key}::text, false) as repeated`);
  return row ?? null;
}

/**
 * Seconds until the next check of a failed environment: a quarter of the time since it failed,
 * 5–60.
 */
const WAIT = sql`ceil(least(60, greatest(5,
  extract(epoch from now() - coalesce(environment_since, now())) / 4)))::int`;

/**
 * Snoozes a running job until its environment recovers. Keeps its checkpoint and its progress.
 * Returns the snooze in seconds, or null if the claim is lost.
 */
export async function waitForEnvironment(
  tx: Executor,
  claim: Claim,
  failure: Environment,
): Promise<number | null> {
  const [row] = await tx.execute<{ seconds: number }>(sql`
    update headway.job j set status = 'queued', worker = null, environment = ${failure},
      environment_since = case when environment = ${failure} then environment_since else now() end,
      message = jsonb_build_object('code', 'waiting_for_environment', 'params',
        jsonb_build_object('failure', ${failure}::text, 'seconds', waits.seconds)),
      next_attempt_at = now() + make_interval(secs => waits.seconds), updated_at = now()
    from (select id, ${WAIT} as seconds from headway.job where ${heldBy(claim)}) waits
    where waits.id = j.id returning waits.seconds`);
  return row?.seconds ?? null;
}

/** Clears the wait for the environment from a job that made progress. */
export async function leaveEnvironment(tx: Executor, jobId: string): Promise<void> {
  await tx.execute(sql`
    update headway.job set environment = null, environment_since = null
    where id = ${jobId}::uuid and environment is not null`);
}

/** Seconds after its due time from which a retry waits for a worker only. */
const OVERDUE_SECONDS = 10;

const isOverdue = sql`next_attempt_at < now() - make_interval(secs => ${OVERDUE_SECONDS})`;

/**
 * Sets the message of jobs whose next attempt is overdue to "waiting for their turn". Keeps the
 * time since the environment failed. Returns the ids of their sessions.
 */
export async function endOverdueWaits(tx: Executor): Promise<string[]> {
  const rows = await tx.execute<{ session_id: string }>(sql`
    update headway.job set message = ${
    messageValue(message('waiting_for_turn'))
  }, updated_at = now()
    where finished_at is null and status = 'queued' and ${isOverdue}
      and message ->> 'code' <> 'waiting_for_turn'
    returning session_id`);
  return [...new Set(rows.map(({ session_id }) => session_id))];
}

/** A failure of the environment that blocks work. */
export interface Trouble {
  readonly failure: Environment;
  /** Number of jobs; for `rows_refused`, of knowledge bases and files. */
  readonly jobs: number;
  /** Epoch seconds. */
  readonly since: number;
}

/** Reads what blocks work, oldest first, leaving out jobs that only wait for their turn. */
export async function readTroubles(db: Executor): Promise<Trouble[]> {
  return await db.execute<Trouble & Record<string, unknown>>(sql`
    select failure, count(*)::int as jobs, extract(epoch from min(since))::float8 as since
    from (
      select environment as failure, environment_since as since from headway.job
        where environment is not null and finished_at is null and ${isOverdue} is not true
      union all
      select 'rows_refused', refused_since from headway.original_meta o
        where refused is not null and exists (select 1 from knowledge k where k.id = o.knowledge_id)
      union all
      select 'rows_refused', refused_since from headway.unwritten_status u
        where refused is not null and exists (select 1 from file f where f.id = u.file_id)
    ) waiting
    group by failure order by since`);
}
