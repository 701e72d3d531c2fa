/**
 * Progress in context: all of a user's work, a knowledge base, one file.
 *
 * @module
 */
import * as v from 'valibot';
import { FileProgress, PRIORITIES, SessionStatusDocument } from './progress.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Counts by state; the ended ones since `since`. */
const Counts = v.object({
  running: count,
  waiting: count,
  paused: count,
  completed: count,
  failed: count,
  cancelled: count,
});

const contextEntries = {
  progress: v.pipe(
    v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
    v.description('Files weighted by the time they are expected to take; null without any work'),
  ),
  eta_seconds: v.pipe(
    v.nullable(v.number()),
    v.description('Until the last session ends whose time left is known'),
  ),
  sessions: Counts,
  files: Counts,
  since: v.pipe(
    v.nullable(v.number()),
    v.description('Epoch seconds; what ended counts from when the oldest live session began'),
  ),
  live: v.pipe(
    v.array(SessionStatusDocument),
    v.description('Sessions that have not ended, newest first, 200 at most'),
  ),
};

/** Answer of `GET /progress/global`. */
export const GlobalProgress = v.object(contextEntries);
export type GlobalProgress = v.InferOutput<typeof GlobalProgress>;

/** Answer of `GET /progress/knowledge/{id}`. */
export const KnowledgeProgress = v.object({ knowledge_id: v.string(), ...contextEntries });
export type KnowledgeProgress = v.InferOutput<typeof KnowledgeProgress>;

/** Answer of `GET /progress/job/{id}`: one file of a session. */
export const JobProgress = v.object({
  ...FileProgress.entries,
  session_id: v.string(),
  knowledge_id: v.nullable(v.string()),
  priority: v.picklist(PRIORITIES),
  queue_position: v.pipe(
    v.nullable(count),
    v.description('Files that go first; null for one that does not wait'),
  ),
  parts_done: v.pipe(count, v.description('Pages, segments, … that are safely stored')),
});
export type JobProgress = v.InferOutput<typeof JobProgress>;
