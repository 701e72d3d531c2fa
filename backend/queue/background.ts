/**
 * Background work: starts all of a user's unprocessed files, once, as sessions of low priority.
 * Their jobs are stored from the start and survive restarts. `release.ts` enqueues them in small
 * numbers.
 *
 * @module
 */
import type {
  BackgroundAccepted,
  BackgroundSession,
  ChosenPreferences,
} from '#contract/background.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { type SQL, sql } from 'drizzle-orm';
import { databaseNow } from '../database/clock.ts';
import type { Database, Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { learnStates } from '../host/known-states.ts';
import { basesOf, isOnItsWay } from '../host/membership.ts';
import type { Queue } from './boss.ts';
import type { Control } from './control.ts';
import { readPreferences } from './preferences.ts';
import { quietUntil } from './quiet-hours.ts';
import { takeBack } from './release.ts';
import { type SessionRequest, startSessionIn } from './submit.ts';

export interface BackgroundRequest {
  readonly userId: string;
  readonly userRole: SessionRequest['userRole'];
  /** SQL that is true for rows of `knowledge` (as `k`) to which the user may add files. */
  readonly mayWrite: SQL;
}

/**
 * Starts sessions for unprocessed files without a live job. Calls for the same user are serialized,
 * so that two devices that sign in at the same moment start nothing twice.
 */
export function startBackground(
  db: Database,
  queue: Queue,
  { userId, userRole, mayWrite }: BackgroundRequest,
): Promise<BackgroundAccepted> {
  return db.orm.transaction(async (tx) => {
    await tx.execute(sql`
      select pg_advisory_xact_lock(hashtextextended('headway background ' || ${userId}, 0))`);
    const preferences = await readPreferences(tx, userId);
    const enabled = preferences.background;
    if (!enabled) return { enabled, sessions: [], held_until: null };
    const running = await liveSessions(tx, userId);
    const started: BackgroundSession[] = [];
    for (const [knowledgeId, fileIds] of await unprocessed(tx, userId, mayWrite)) {
      const { sessionId } = await startSessionIn(tx, queue, {
        knowledgeId,
        userId,
        userRole,
        fileIds,
        uploads: [],
        priority: 'low',
        language: null,
        operationId: null,
        background: true,
      });
      started.push(describe(sessionId, knowledgeId, fileIds.length, true));
    }
    const sessions = [...started, ...running];
    return { enabled, sessions, held_until: heldUntil(preferences, await databaseNow(tx)) };
  });
}

function heldUntil(preferences: ChosenPreferences, now: Date): number | null {
  const { quiet_from: from, quiet_to: to, time_zone: timeZone } = preferences;
  const until = quietUntil({ from, to, timeZone }, now);
  return until && until.getTime() / 1_000;
}

function describe(
  id: string,
  knowledgeId: string | null,
  totalFiles: number,
  started: boolean,
): BackgroundSession {
  return {
    session_id: id,
    knowledge_id: knowledgeId,
    total_files: totalFiles,
    status_url: `${API_BASE}${paths.sessionStatus(id)}`,
    started,
  };
}

async function liveSessions(tx: Executor, userId: string): Promise<BackgroundSession[]> {
  const rows = await tx.execute<{ id: string; knowledge_id: string | null; total: number }>(sql`
    select id, knowledge_id, total_files as total from headway.session
    where user_id = ${userId} and kind = 'background' and finished_at is null
    order by created_at desc, id`);
  return rows.map((row) => describe(row.id, row.knowledge_id, row.total, false));
}

/**
 * Unprocessed files of the user, and those in their knowledge bases, grouped by target knowledge
 * base. Newest file first; groups by their newest file. Excludes files with a live job, and those
 * whose last attempt failed or was cancelled: a user decides about these.
 */
async function unprocessed(
  tx: Executor,
  userId: string,
  mayWrite: SQL,
): Promise<Map<string | null, string[]>> {
  await learnStates(tx, sql`f.user_id = ${userId}`);
  const rows = await tx.execute<{ id: string; knowledge_id: string | null }>(sql`
    select f.id, home.id as knowledge_id from file f
    left join lateral (
      select k.id from ${basesOf()} near join knowledge k on k.id = near.id where ${mayWrite}
      order by k.user_id = ${userId} desc, k.id limit 1
    ) home on true
    where (f.user_id = ${userId} or f.id in (
        select l.file_id from knowledge_file l join knowledge k on k.id = l.knowledge_id
        where k.user_id = ${userId}
        union all
        select f.id from file f join knowledge k on k.id = ${hostFile.sentFor}
        where ${isOnItsWay} and k.user_id = ${userId}))
      and f.path is not null
      and ${hostFile.status} not in ('completed', 'failed')
      and not exists (select 1 from headway.file_failure e where e.file_id = f.id)
      and coalesce((select j.finished_at is not null and j.status = 'completed'
        from headway.job j where j.file_id = f.id
        order by j.finished_at is null desc, j.finished_at desc limit 1), true)
    order by f.created_at desc nulls last, f.id`);
  const byKnowledge = new Map<string | null, string[]>();
  for (const { id, knowledge_id } of rows) {
    const ids = byKnowledge.get(knowledge_id);
    if (ids) ids.push(id);
    else byKnowledge.set(knowledge_id, [id]);
  }
  return byKnowledge;
}

/** Withdraws a user's background work that has not started. Running jobs complete. */
export async function stopBackground(
  db: Database,
  queue: Queue,
  control: Control,
  userId: string,
): Promise<void> {
  const emptied = await db.orm.transaction((tx) => takeBack(tx, queue, userId));
  for (const sessionId of emptied) await control.clear(sessionId);
}
