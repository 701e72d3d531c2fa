/**
 * Claims small texts of one session together: the dispatched one, and those right behind it in the
 * queue.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { fileFields, hostFile } from '../host/file-fields.ts';
import { claimNewJobs, type NewlyClaimed } from '../progress/job-batches.ts';
import { refreshSession } from '../progress/store.ts';
import { type QueuedJob, RETRY_LIMIT } from './boss.ts';
import { type Lease, leaseNew } from './leases.ts';
import { planReading, type ReadingPlan } from './read-remotely.ts';
import type { RunContext } from './run-context.ts';
import { hashOf } from './same-work.ts';

/** Limit for one text, bytes; read and indexed in some hundredths of a second. */
const SMALL_BYTES = 64 * 1024;
/** Limits for a batch. Target batch duration: about 250 ms. */
const MOST = { files: 25, bytes: 256 * 1024 };

/** Likely small texts by name or media type; their real type is detected later. */
const SMALL_TEXT = sql`(j.kind = 'file' and j.size between 1 and ${SMALL_BYTES}::int
  and (j.media_type ~ '^(text/|application/(json|xml)(;|$))'
    or j.name ~* '\\.(txt|text|log|md|markdown|csv|tsv|json|html?|xhtml|xml)$'))`;

/** One file of a batch, claimed. */
export interface SmallJob extends NewlyClaimed {
  readonly lease: Lease;
  /** SHA-256 of its bytes, if known. */
  readonly hash: string | null;
  readonly path: string;
}

export interface Batch {
  readonly sessionId: string;
  readonly priority: number;
  readonly plan: ReadingPlan;
  /** In queue order. */
  readonly jobs: readonly SmallJob[];
}

/**
 * Claims a batch that begins with `head`; null if that does not suit one. Excludes locked jobs,
 * jobs that were started before, and those that must run `alone`. Also excludes jobs whose bytes
 * were read before or are being read.
 */
export async function takeBatch(
  context: RunContext,
  head: QueuedJob,
  alone: ReadonlySet<string>,
): Promise<Batch | null> {
  // A job on which a worker died may do so again, and take its batch with it.
  if (alone.has(head.id) || head.retryLimit - head.retryCount < RETRY_LIMIT) return null;
  return await context.db.orm.transaction(async (tx) => {
    const asked = await askFor(tx, head, [...alone]);
    const sessionId = asked[0]?.session_id;
    if (!sessionId) return null;
    const plan = await planReading(tx, context.analysis ?? null, sessionId);
    if (plan.elsewhere) return null;
    const free = await lockFree(tx, asked.map(({ id }) => id), plan.language);
    if (!free.has(head.id)) return null;
    const others = [...free.keys()].filter((id) => id !== head.id);
    const leases = [head, ...await leaseNew(tx, others)];
    const claimed = await claimNewJobs(tx, context.worker, leases);
    await refreshSession(tx, sessionId);
    const jobs = asked.flatMap(({ id }): SmallJob[] => {
      const [job, lease, bytes] = [
        claimed.get(id),
        leases.find((one) => one.id === id),
        free.get(id),
      ];
      return job && lease && bytes ? [{ ...job, ...bytes, lease }] : [];
    });
    const { priority } = head;
    return jobs.length > 0 ? { sessionId, priority, plan, jobs } : null;
  });
}

interface Asked {
  [column: string]: unknown;
  id: string;
  session_id: string;
}

/**
 * Selects the small texts at the head of the queue, each with different bytes, in order. Locks
 * these bytes until the transaction ends (see `same-work.ts`), always in the same order.
 */
async function askFor(
  tx: Executor,
  { id, priority }: QueuedJob,
  alone: readonly string[],
): Promise<Asked[]> {
  const rows = await tx.execute<Asked & { place: number }>(sql`${KEPT}
    with line as (
      select ${id}::uuid as id, 0 as place
      union all
      select id, (row_number() over ())::int from (
        select q.id from headway_queue.job q
        where q.name = 'files' and q.state < 'active' and not q.blocked
          and q.start_after <= headway_queue.job_now() and q.priority = ${priority}
        order by q.priority desc, q.created_on limit ${MOST.files - 1}) next
    ), told as (
      select line.id, place, j.session_id, j.size,
        ${hashOf(sql`f`)} as hash,
        coalesce(${SMALL_TEXT} and f.path is not null
          and line.id <> all(${sql.param(alone)}::uuid[])
          and j.session_id = (select session_id from headway.job where id = ${id}::uuid), false)
          as fits
      from line left join headway.job j on j.id = line.id left join file f on f.id = j.file_id
    ), begun as (
      select *, bool_and(fits) over (order by place) as all_fit,
        sum(size) over (order by place) as bytes,
        row_number() over (partition by hash order by place) as copy
      from told
    )
    select id, session_id, place, pg_advisory_xact_lock(key)::text as locked
    from (select *, hashtextextended(hash, 0) as key from begun
      where all_fit and copy = 1 and (place = 0 or bytes <= ${MOST.bytes}) order by key offset 0) each`);
  return [...rows].sort((a, b) => a.place - b.place);
}

interface Bytes {
  readonly hash: string | null;
  readonly path: string;
}

/**
 * Locks the jobs that are new and whose bytes neither were read nor are being read. Skips locked
 * rows.
 */
async function lockFree(
  tx: Executor,
  ids: readonly string[],
  language: string | null,
): Promise<Map<string, Bytes>> {
  const rows = await tx.execute<{ id: string; hash: string | null; path: string }>(sql`${KEPT}
    with busy as materialized (
      select g.id, ${fileFields(sql`g`).fileHash} as hash
      from headway.job other join file g on g.id = other.file_id
      where other.status = 'processing' and other.finished_at is null)
    select j.id, about.hash, f.path
    from headway.job j join file f on f.id = j.file_id
    cross join lateral (select ${hostFile.fileHash} as hash,
      lower(nullif(coalesce(j.language, ${language}), '')) as language offset 0) about
    where j.id = any(${sql.param(ids)}::uuid[]) and j.status = 'queued' and j.started_at is null
      and j.released_at is not null and f.path is not null
      and not exists (select 1 from headway.extraction e where e.file_id = f.id)
      and not exists (select 1 from headway.extraction e where e.complete
        and e.file_hash = concat_ws(' ', about.hash, about.language))
      and not exists (select 1 from busy where busy.id = f.id or busy.hash = about.hash)
    for update of j skip locked`);
  return new Map(rows.map(({ id, hash, path }) => [id, { hash, path }]));
}
