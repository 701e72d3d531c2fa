/**
 * Sessions: active ones have active jobs, and `knowledge.meta` names only existing ones.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import { readable } from '../../host/json.ts';
import { applyEvent, publishSessions, refreshSession } from '../../progress/store.ts';
import type { Check } from './finding.ts';

const JOBS_GONE = message('jobs_gone');

/** An app's own sessions have no jobs. */
const live = sql`from headway.session s where s.finished_at is null and s.kind <> 'app'`;
const noJobs = sql`not exists (select 1 from headway.job j where j.session_id = s.id)`;

export const sessionWithoutJobs: Check = {
  kind: 'session without jobs',
  async find({ db }) {
    const rows = await db.orm.execute<{ id: string; status: string; total_files: number }>(
      sql`select s.id, s.status, s.total_files ${live} and ${noJobs} order by s.id`,
    );
    return rows.map(({ id, status, total_files }) => ({
      id,
      detail: `${status}, has ${total_files} files and no jobs`,
    }));
  },
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const ended = await applyEvent(
        tx,
        id,
        (_state, tally) => tally.total > 0 ? null : { type: 'failed', error: JOBS_GONE },
      );
      return ended && 'ended as an error that says so';
    }),
};

export const sessionNotEnded: Check = {
  kind: 'session that did not end',
  async find({ db }) {
    const rows = await db.orm.execute<{ id: string; status: string }>(sql`
      select s.id, s.status ${live} and not ${noJobs} and not exists (
        select 1 from headway.job j where j.session_id = s.id and j.finished_at is null)
      order by s.id`);
    return rows.map(({ id, status }) => ({ id, detail: `${status}, and all its jobs have ended` }));
  },
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const state = await refreshSession(tx, id);
      return state?.finishedAt ? `ended as ${state.status}` : null;
    }),
};

const meta = readable(sql`k.meta`);

/** Sessions that a knowledge base's `meta` names, including the latest one. */
const named = sql`
  from knowledge k cross join lateral (
    select jsonb_object_keys(case jsonb_typeof(${meta} -> 'processing_sessions')
        when 'object' then ${meta} -> 'processing_sessions' else '{}' end) as session_id
    union select ${meta} #>> '{processing_progress,session_id}'
      where ${meta} #>> '{processing_progress,session_id}' is not null) m
  where not exists (select 1 from headway.session s where s.id = m.session_id)`;

export const metaWithoutSession: Check = {
  kind: 'progress of a session that is gone',
  async find({ db }) {
    const rows = await db.orm.execute<{ knowledge_id: string; session_id: string }>(
      sql`select k.id as knowledge_id, m.session_id ${named} order by 1, 2`,
    );
    return rows.map(({ knowledge_id, session_id }) => ({
      id: `${knowledge_id}/${session_id}`,
      detail: 'in the meta of its knowledge base',
    }));
  },
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.execute<{ knowledge_id: string; session_id: string }>(sql`
        select k.id as knowledge_id, m.session_id ${named}
          and k.id || '/' || m.session_id = ${id}`);
      if (!row) return null;
      await publishSessions(tx, row.knowledge_id);
      return 'removed';
    }),
};
