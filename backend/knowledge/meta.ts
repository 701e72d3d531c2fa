/**
 * The only SQL that touches `knowledge.meta`. Every write is one UPDATE whose new value is computed
 * from the row it locks, so that two writers can never erase each other or the app's own keys.
 * The column may be `json` or `jsonb`, SQL NULL or JSON `null`; `updated_at` is never bumped.
 *
 * @module
 */
import type { ProgressDocument } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { readable, readableObject } from '../host/json.ts';

/** `meta` as an object, whatever it was. */
const base = readableObject(sql`meta`);

const sessions = sql`(case when jsonb_typeof(${base} -> 'processing_sessions') = 'object'
  then ${base} -> 'processing_sessions' else '{}'::jsonb end)`;

/** The app's list hides an object without `source`: give it one, and never replace the app's. */
const withSource = sql`(case when ${base} ? 'source' then '{}'::jsonb
  else '{"source":"local"}'::jsonb end)`;

/**
 * The UPDATE that puts a session's document into `meta`, also as the latest one. It follows a `with
 * written as (… returning knowledge_id)`, so that session and document are one statement.
 */
export function updateMetaOfWritten(document: ProgressDocument): SQL {
  const json = sql`${JSON.stringify(document)}::jsonb`;
  const value = sql`${base} || ${withSource} || jsonb_build_object(
    'processing_progress', ${json},
    'processing_sessions', ${sessions} || jsonb_build_object(${document.session_id}::text, ${json}))`;
  return sql`update knowledge set meta = ${value}
    from written where knowledge.id = written.knowledge_id`;
}

/**
 * Takes one session out of `meta`. `processing_progress` goes on to hold the session that was
 * updated last among those left; with none left, both keys go.
 */
export async function removeProgress(
  db: Executor,
  knowledgeId: string,
  sessionId: string,
): Promise<void> {
  const rest = sql`(${sessions} - ${sessionId}::text)`;
  const latest = sql`(select value from jsonb_each(${rest})
    order by case jsonb_typeof(value -> 'last_updated')
      when 'number' then (value ->> 'last_updated')::numeric end desc nulls last limit 1)`;
  await db.execute(sql`
    update knowledge set meta = case
      when ${rest} = '{}'::jsonb then ${base} - 'processing_progress' - 'processing_sessions'
      when ${base} #>> '{processing_progress,session_id}' is distinct from ${sessionId}::text
        then ${base} || jsonb_build_object('processing_sessions', ${rest})
      else ${base} || jsonb_build_object('processing_sessions', ${rest}, 'processing_progress', ${latest})
    end
    where id = ${knowledgeId} and jsonb_typeof(${readable(sql`meta`)}) = 'object'`);
}
