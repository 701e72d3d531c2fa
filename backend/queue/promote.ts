/**
 * Changing the priority of a session, or of one file of it.
 *
 * @module
 */
import type { Priority } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import type { JobSelection } from '../progress/jobs.ts';
import { refreshSession } from '../progress/store.ts';
import type { Queue } from './boss.ts';
import { PRIORITY_LEVELS } from '../progress/priority.ts';
import { queueRest } from './unqueued.ts';

/** Sets any priority on unfinished jobs, a lower one too. Returns the number of changed jobs. */
export async function prioritise(
  tx: Executor,
  queue: Queue,
  selection: JobSelection,
  priority: Priority,
): Promise<number> {
  const raised = await promote(tx, queue, selection, priority);
  const level = PRIORITY_LEVELS[priority];
  const lowered = await lockJobs(tx, selection, sql`> ${level}`);
  await queue.promote(tx, lowered.map((job) => job.id), level);
  if (!selection.jobId) {
    await tx.execute(
      sql`update headway.session set priority = ${level} where id = ${selection.sessionId}`,
    );
  }
  if (lowered.length > 0) await refreshSession(tx, selection.sessionId);
  return raised + lowered.length;
}

/**
 * Raises unfinished jobs; returns their number. A session raised as a whole is no longer background
 * work; a single raised file leaves the rest as it is.
 */
export async function promote(
  tx: Executor,
  queue: Queue,
  selection: JobSelection,
  priority: Priority,
): Promise<number> {
  const level = PRIORITY_LEVELS[priority];
  await queueRest(tx, selection.sessionId);
  const raised = await lockJobs(tx, selection, sql`< ${level}`);
  if (raised.length === 0) return 0;
  const held = raised.filter((job) => job.held);
  await letIn(tx, held.map((job) => job.id));
  await queue.requeue(tx, held.filter(isWaiting).map((job) => job.id), level);
  const known = raised.filter((job) => !job.held);
  if (known.length > 0) await queue.promote(tx, known.map((job) => job.id), level);
  if (!selection.jobId) await raiseSession(tx, selection.sessionId, level);
  await refreshSession(tx, selection.sessionId);
  return raised.length;
}

interface Raised {
  [column: string]: unknown;
  id: string;
  status: string;
  held: boolean;
}

const isWaiting = ({ status }: Raised) => status === 'queued' || status === 'interrupted';

/** Locks the unfinished jobs whose present priority matches `compared`. */
async function lockJobs(
  tx: Executor,
  { sessionId, jobId }: JobSelection,
  compared: SQL,
): Promise<Raised[]> {
  return await tx.execute<Raised>(sql`
    select j.id, j.status, j.released_at is null as held from headway.job j
    where j.session_id = ${sessionId} ${jobId ? sql`and j.id = ${jobId}::uuid` : sql``}
      and j.finished_at is null
      and coalesce(
        (select q.priority from headway_queue.job q
          where q.id = j.id and q.state in ('created', 'retry', 'active')),
        (select s.priority from headway.session s where s.id = j.session_id)) ${compared}
    order by j.id for update of j`);
}

async function letIn(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update headway.job set released_at = now() where id = any(${sql.param(ids)}::uuid[])`);
}

async function raiseSession(tx: Executor, sessionId: string, level: number): Promise<void> {
  await tx.execute(sql`
    update headway.session set priority = greatest(priority, ${level}), hold = null,
      kind = case kind when 'background' then 'files' else kind end
    where id = ${sessionId}`);
}
