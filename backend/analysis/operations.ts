/**
 * Operations in the database: one named, conditional statement for every change of state.
 *
 * ```
 * submitting ─► running ─► succeeded
 *   ▲   │          │ ├───► failed
 *   │   └─► failed │ └───► cancelled
 *   └──────────────┘ unknown at the service: resubmitted, once
 * ```
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { storableJson } from '../database/json.ts';
import { messageValue } from '../database/messages.ts';

/** Channel that wakes pollers. */
export const OPERATION_CHANNEL = 'headway_operation';

export type OperationStatus = 'submitting' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Reason for a missing result: the service failed, refused, or could not be reached. */
export type OperationFailure = 'failed' | 'refused' | 'unavailable';

/** Payload to send: addresses, or the bytes of the operation's file. */
export interface OperationInput {
  readonly inputs?: readonly { readonly url: string }[];
  /** Media type of the file. */
  readonly mediaType?: string;
}

export interface NewOperation {
  readonly analyzer: string;
  readonly userId: string;
  readonly knowledgeId?: string | null;
  readonly fileId?: string | null;
  readonly jobId?: string | null;
  /** Idempotency key: the same id from the same user is the same operation. */
  readonly clientId?: string | null;
  readonly input: OperationInput;
}

/** A due operation that this process has claimed until its lease ends. */
export interface DueOperation {
  [column: string]: unknown;
  id: string;
  analyzer: string;
  file_id: string | null;
  input: OperationInput | null;
  status: 'submitting' | 'running';
  request_id: string;
  location: string | null;
  unsure: number;
  forgotten: boolean;
  failures: number;
  elapsed: number;
  lease: string;
  /** No longer needed: its job has ended, or is gone. */
  unwanted: boolean;
}

/** An operation as its clients see it. */
export interface Operation {
  [column: string]: unknown;
  id: string;
  analyzer: string;
  user_id: string;
  knowledge_id: string | null;
  file_id: string | null;
  status: OperationStatus;
  message: MessageDetails;
  error: MessageDetails | null;
  failure: OperationFailure | null;
  /** JSON text. */
  result: string | null;
  elapsed: number;
  /** Seconds until the next poll. */
  next_seconds: number;
}

/** Stores an operation, to be submitted at once. Null if `clientId` or `jobId` has one already. */
export async function insertOperation(
  tx: Executor,
  operation: NewOperation,
): Promise<string | null> {
  const { analyzer, userId, knowledgeId, fileId, jobId, clientId, input } = operation;
  if (clientId) await forgetOld(tx, userId, clientId);
  const [row] = await tx.execute<{ id: string }>(sql`
    with made as (
      insert into headway.operation (id, analyzer, user_id, knowledge_id, file_id, job_id,
        client_id, input, request_id)
      values (${crypto.randomUUID()}::uuid, ${analyzer}, ${userId}, ${knowledgeId ?? null},
        ${fileId ?? null}, ${jobId ?? null}::uuid, ${clientId ?? null},
        ${storableJson(input)}::text::jsonb, ${crypto.randomUUID()}::uuid)
      on conflict do nothing returning id
    )
    select id, pg_notify(${OPERATION_CHANNEL}, '') from made`);
  return row?.id ?? null;
}

/** Removes an expired operation, so that the same id may start another. */
async function forgetOld(tx: Executor, userId: string, clientId: string): Promise<void> {
  await tx.execute(sql`
    delete from headway.operation
    where user_id = ${userId} and client_id = ${clientId} and expires_at < now()`);
}

const operation =
  sql`select id, analyzer, user_id, knowledge_id, file_id, status, message, error, failure,
  result, extract(epoch from coalesce(ready_at, now()) - created_at)::float8 as elapsed,
  greatest(0, extract(epoch from next_at - now()))::float8 as next_seconds
  from headway.operation where (expires_at is null or expires_at > now() or job_id is not null)`;

/** Null if there is none, or if its result has expired. */
export async function readOperation(db: Executor, id: string): Promise<Operation | null> {
  const [row] = await db.execute<Operation>(sql`${operation} and id = ${id}::uuid`);
  return row ?? null;
}

/** The user's earlier operation with this id. */
export async function operationOfClient(
  db: Executor,
  userId: string,
  clientId: string,
): Promise<Operation | null> {
  const [row] = await db.execute<Operation>(
    sql`${operation} and user_id = ${userId} and client_id = ${clientId}`,
  );
  return row ?? null;
}

/** The operation that analyses a job's file. */
export async function operationOfJob(db: Executor, jobId: string): Promise<Operation | null> {
  const [row] = await db.execute<Operation>(sql`${operation} and job_id = ${jobId}::uuid`);
  return row ?? null;
}

/** Removes the operation of a job, so that another may replace it. */
export async function removeOperationOfJob(db: Executor, jobId: string): Promise<void> {
  await db.execute(sql`delete from headway.operation where job_id = ${jobId}::uuid`);
}

const ofLiveJob = sql`exists (
  select 1 from headway.job j where j.id = o.job_id and j.finished_at is null)`;

/** Claims due operations; skips those that other processes have claimed. */
export async function claimDue(
  db: Executor,
  limit: number,
  leaseSeconds: number,
): Promise<DueOperation[]> {
  return await db.execute<DueOperation>(sql`
    update headway.operation o set lease = gen_random_uuid(),
      leased_until = now() + make_interval(secs => ${leaseSeconds})
    where id in (
      select id from headway.operation
      where status in ('submitting', 'running') and next_at <= now()
        and (leased_until is null or leased_until < now())
      order by next_at limit ${limit} for update skip locked)
    returning id, analyzer, file_id, input, status, request_id, location, unsure, forgotten,
      failures, lease, extract(epoch from now() - created_at)::float8 as elapsed,
      job_id is not null and not ${ofLiveJob} as unwanted`);
}

/** Seconds until an operation is due; null if there is none. */
export async function secondsToNext(db: Executor): Promise<number | null> {
  const [row] = await db.execute<{ seconds: number | null }>(sql`
    select extract(epoch from min(greatest(next_at, leased_until)) - now())::float8 as seconds
    from headway.operation where status in ('submitting', 'running')`);
  return row?.seconds ?? null;
}

type Held = Pick<DueOperation, 'id' | 'lease'>;

/** Resolves to true if the lease was still held. */
async function change({ id, lease }: Held, db: Executor, set: SQL): Promise<boolean> {
  const rows = await db.execute(sql`
    update headway.operation set ${set} where id = ${id}::uuid and lease = ${lease}::uuid
    returning 1`);
  return rows.length > 0;
}

const letGo = sql`lease = null, leased_until = null`;
const inSeconds = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;

/** Extends the lease. */
export function renewLease(db: Executor, held: Held, seconds: number): Promise<boolean> {
  return change(held, db, sql`leased_until = ${inSeconds(seconds)}`);
}

/** Releases an operation unchanged, due at once. */
export function release(db: Executor, held: Held): Promise<boolean> {
  return change(held, db, letGo);
}

/** Call it before the request to the service: from here on it may have received the operation. */
export function beginSubmit(db: Executor, held: Held): Promise<boolean> {
  return change(held, db, sql`submits = submits + 1, unsure = unsure + 1`);
}

/** The service accepted it; from here on it is only polled. */
export function storeLocation(
  db: Executor,
  held: Held,
  { location, seconds, message }: { location: string; seconds: number; message: MessageDetails },
): Promise<boolean> {
  return change(
    held,
    db,
    sql`status = 'running', location = ${location}, submitted_at = now(), unsure = 0, failures = 0,
      message = ${messageValue(message)}, next_at = ${inSeconds(seconds)}, ${letGo}`,
  );
}

/** The operation is running; poll again later. */
export function storePoll(
  db: Executor,
  held: Held,
  { seconds, message }: { seconds: number; message: MessageDetails },
): Promise<boolean> {
  return change(
    held,
    db,
    sql`polls = polls + 1, failures = 0, message = ${messageValue(message)}, next_at = ${
      inSeconds(seconds)
    },
      ${letGo}`,
  );
}

/** A transient failure of an attempt. `unheard`: the service certainly did not receive it. */
export function storeAttempt(
  db: Executor,
  held: Held,
  { seconds, message, unheard }: { seconds: number; message: MessageDetails; unheard: boolean },
): Promise<boolean> {
  return change(
    held,
    db,
    sql`failures = failures + 1, message = ${messageValue(message)}, next_at = ${
      inSeconds(seconds)
    },
      unsure = case when ${unheard}::boolean then greatest(0, unsure - 1) else unsure end, ${letGo}`,
  );
}

/** The service no longer knows it: submits it as a new one. */
export function submitAnew(db: Executor, held: Held, message: MessageDetails): Promise<boolean> {
  return change(
    held,
    db,
    sql`status = 'submitting', location = null, forgotten = true, unsure = 0,
      request_id = gen_random_uuid(), message = ${
      messageValue(message)
    }, next_at = now(), ${letGo}`,
  );
}

/** Stores a result, JSON text, for `keepSeconds`. */
export function succeed(
  db: Executor,
  held: Held,
  { result, keepSeconds }: { result: string; keepSeconds: number },
): Promise<boolean> {
  return change(
    held,
    db,
    sql`status = 'succeeded', result = ${result}, message = ${
      messageValue(message('ready'))
    }, input = null,
      polls = polls + 1, ready_at = now(), expires_at = ${inSeconds(keepSeconds)}, ${letGo}`,
  );
}

/** Ends it without a result; the reason is retained as long as a result would be. */
export function fail(
  db: Executor,
  held: Held,
  { failure, error, keepSeconds }: {
    failure: OperationFailure;
    error: MessageDetails;
    keepSeconds: number;
  },
): Promise<boolean> {
  return change(
    held,
    db,
    sql`status = 'failed', failure = ${failure}, error = ${messageValue(error)},
      message = ${messageValue(error)},
      input = null, ready_at = now(), expires_at = ${inSeconds(keepSeconds)}, ${letGo}`,
  );
}

/** Ends one that is no longer needed. */
export function cancel(db: Executor, held: Held, keepSeconds: number): Promise<boolean> {
  return change(
    held,
    db,
    sql`status = 'cancelled', message = ${
      messageValue(message('cancelled'))
    }, input = null, ready_at = now(),
      expires_at = ${inSeconds(keepSeconds)}, ${letGo}`,
  );
}

/** Deletes expired results. */
export async function cleanOperations(db: Executor): Promise<number> {
  const rows = await db.execute(sql`
    delete from headway.operation o where expires_at < now() and not ${ofLiveJob} returning 1`);
  return rows.length;
}
