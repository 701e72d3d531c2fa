/**
 * Remaining work of a session and of those ahead of it, by one statement.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { expectedOf, workDone } from './estimate.ts';
import type { PaceBook } from './pace.ts';
import { sessionSecondsLeft } from './time-left.ts';
import { isAlive } from './workers.ts';

/** Waiting files of one media type. A partly read file counts by its remaining share. */
interface Waiting {
  /** True if their bytes are not stored yet. */
  readonly coming: boolean;
  readonly media_type: string | null;
  /** Number of files of known size. */
  readonly files: number;
  readonly bytes: number;
  readonly longest: number;
  /** Number of files of unknown size. */
  readonly unknown: number;
  /** Seconds until the last retry of a failed file is due. */
  readonly not_before: number | null;
}

interface Running {
  readonly own: boolean;
  readonly weight: number;
  readonly progress: number;
  readonly with_upload: boolean;
  readonly known: boolean;
  /** Seconds since the last tick. */
  readonly ago: number;
}

interface OutlookRow {
  [column: string]: unknown;
  waiting: Waiting[] | null;
  running: Running[] | null;
  /** Expected seconds of waiting work in sessions ahead, as last summed. */
  ahead: number;
  book: PaceBook | null;
  workers: number;
}

/** Remaining share of a waiting file, 0–1. The upload is the first tenth of its progress. */
const REST = sql`(case when with_upload then least(1, (100 - progress) / 90)
  else 1 - progress / 100 end)`;

/** Expected time and waiting work of a session. */
export interface Expectation {
  /** Seconds until its last file ends; null if there is no basis for an estimate. */
  readonly seconds: number | null;
  /** Seconds of its work that wait in the queue, for the sessions behind it. */
  readonly waitingSeconds: number;
}

/**
 * Estimates a session. Of other sessions' files only the running ones are read: each session stores
 * its waiting work. The cost grows only with the number of sessions ahead.
 */
export async function expectSession(tx: Executor, sessionId: string): Promise<Expectation> {
  const [row] = await tx.execute<OutlookRow>(sql`${KEPT}
    with mine as (select id, priority, created_at from headway.session where id = ${sessionId}),
    first as materialized (
      select s.id, s.waiting_seconds from mine join headway.session s on s.finished_at is null
        and s.kind in ('files', 'job') and s.status in ('queued', 'processing') and s.id <> mine.id
        and s.priority >= mine.priority
        and (s.priority > mine.priority or s.created_at < mine.created_at))
    select
      (select json_agg(w) from (
        select media_type, status = 'uploading' as coming,
          coalesce(sum(${REST}) filter (where size is not null), 0) as files,
          coalesce(sum(${REST} * size), 0) as bytes, coalesce(max(${REST} * size), 0) as longest,
          count(*) filter (where size is null) as unknown,
          extract(epoch from max(next_attempt_at) - now()) as not_before
        from headway.job
        where session_id = ${sessionId} and status in ('queued', 'interrupted', 'uploading')
        group by 1, 2) w) as waiting,
      (select json_agg(r) from (
        select j.session_id = ${sessionId} as own, weight, progress, with_upload,
          coalesce(units, size) is not null as known,
          extract(epoch from now() - updated_at) as ago
        from headway.job j
        where j.status = 'processing' and j.finished_at is null
          and (j.session_id = ${sessionId} or j.session_id in (select id from first))) r) as running,
      (select coalesce(sum(waiting_seconds), 0) from first) as ahead,
      (select json_agg(p) from headway.pace p) as book,
      (select count(*)::int from headway.worker where ${isAlive}) as workers`);
  return row ? expected(row) : { seconds: null, waitingSeconds: 0 };
}

function expected(row: OutlookRow): Expectation {
  const book = row.book ?? [];
  const waiting = row.waiting ?? [];
  const waitingSeconds = secondsOf(waiting.filter(({ coming }) => !coming), book);
  return { seconds: secondsLeft(row, waiting, book), waitingSeconds };
}

function secondsLeft(row: OutlookRow, waiting: readonly Waiting[], book: PaceBook): number | null {
  const running = row.running ?? [];
  const known = waiting.some((group) => group.files > 0) || running.some((job) => job.known) ||
    row.ahead > 0;
  if (!known || running.some((job) => job.own && !job.known)) return null;
  const runningOf = (own: boolean) => running.filter((job) => job.own === own).map(restOf);
  const longest = waiting.map(({ media_type, longest }) =>
    longest > 0 ? expectedOf({ mediaType: media_type, files: 1, bytes: longest }, book) : 0
  );
  return sessionSecondsLeft({
    own: { running: runningOf(true), waiting: secondsOf(waiting, book) },
    ahead: { running: runningOf(false), waiting: row.ahead },
    longestWaiting: Math.max(0, ...longest),
    notBefore: Math.max(0, ...waiting.map((group) => group.not_before ?? 0)),
    workers: row.workers,
  });
}

/** Counts files of unknown size at the average of the others. */
function secondsOf(groups: readonly Waiting[], book: PaceBook): number {
  let [seconds, files, unknown] = [0, 0, 0];
  for (const group of groups) {
    seconds += expectedOf({ ...group, mediaType: group.media_type }, book);
    files += group.files;
    unknown += group.unknown;
  }
  return files > 0 ? seconds * (1 + unknown / files) : 0;
}

/** Subtracts the time since the last tick, but keeps at least half of the rest while a job runs. */
function restOf({ weight, progress, with_upload, ago }: Running): number {
  const rest = weight * (1 - workDone(progress, with_upload));
  return Math.max(rest / 2, rest - ago);
}
