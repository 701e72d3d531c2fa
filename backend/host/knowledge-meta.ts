/**
 * The only SQL that writes `knowledge.meta`. Every write is one UPDATE whose new value is computed
 * from the row it locks, so that two writers can never erase each other or the app's own keys.
 * The column may be `json` or `jsonb`, SQL NULL or JSON `null`; `updated_at` is never bumped.
 *
 * The value that the app had before is kept in `headway.original_meta` while `meta` holds progress. It
 * comes back to the letter with the end of the last session, unless the app has changed its own part
 * meanwhile: then that part stays.
 *
 * @module
 */
import type { ProgressDocument } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { editable, editableObject, fromEditable, marked } from './json.ts';

/** `meta` as an object, whatever it was, of `before`: the locked row. */
const base = sql`(case jsonb_typeof(before.value) when 'object' then before.value else '{}' end)`;

const sessions = sql`(case when jsonb_typeof(${base} -> 'processing_sessions') = 'object'
  then ${base} -> 'processing_sessions' else '{}'::jsonb end)`;

/** Whether Headway wrote into `before`. */
const isWritten = sql`'object' in (coalesce(jsonb_typeof(${base} -> 'processing_sessions'), ''),
  coalesce(jsonb_typeof(${base} -> 'processing_progress'), ''))`;

const withoutProgress = (value: SQL) =>
  sql`(${value} - 'processing_progress' - 'processing_sessions')`;

/** The app's list hides an object without `source`: give it one, and never replace the app's. */
const withSource = sql`(case when ${base} ? 'source' then '{}'::jsonb
  else '{"source":"local"}'::jsonb end)`;

/**
 * Puts a session's document into `meta`, also as the latest one. It continues a `with written as (…
 * returning knowledge_id)`, so that session and document are one statement.
 */
export function updateMetaOfWritten(document: ProgressDocument): SQL {
  const json = sql`${marked(JSON.stringify(document))}::jsonb`;
  const id = sql`${marked(document.session_id)}::text`;
  const value = sql`${base} || ${withSource} || jsonb_build_object(
    'processing_progress', ${json},
    'processing_sessions', ${sessions} || jsonb_build_object(${id}, ${json}))`;
  return sql`, before as materialized (
      select k.id, k.meta, ${editable(sql`k.meta`)} as value
      from written join knowledge k on k.id = written.knowledge_id for no key update of k
    ), original as (
      insert into headway.original_meta (knowledge_id, meta)
      select before.id, before.meta::text
      from before where before.value is not null and not ${isWritten}
      on conflict (knowledge_id) do update set meta = excluded.meta
    )
    update knowledge set meta = ${fromEditable(value)}
    from before where knowledge.id = before.id and before.value is not null`;
}

/**
 * Takes one session out of `meta`. `processing_progress` goes on to hold the session that was
 * updated last among those left; with none left, `meta` is what the app had.
 */
export async function removeProgress(
  db: Executor,
  knowledgeId: string,
  sessionId: string,
): Promise<void> {
  const id = sql`${marked(sessionId)}::text`;
  const latest = sql`(select value from jsonb_each(progress.rest)
    order by case jsonb_typeof(value -> 'last_updated')
      when 'number' then (value ->> 'last_updated')::numeric end desc nulls last limit 1)`;
  const others = sql`progress.value || jsonb_build_object('processing_sessions', progress.rest)
    || case when progress.value #>> '{processing_progress,session_id}' = ${id}
      then jsonb_build_object('processing_progress', ${latest}) else '{}' end`;
  await db.execute(sql`
    with before as materialized (
      select k.id, ${editable(sql`k.meta`)} as value
      from knowledge k where k.id = ${knowledgeId} for no key update
    ), original as materialized (
      select meta as text, ${withoutProgress(editableObject(sql`meta`))} as own
      from headway.original_meta where knowledge_id = ${knowledgeId}
    ), progress as materialized (
      select before.id, ${base} as value, ${sessions} - ${id} as rest,
        case when not original.own ? 'source' and before.value -> 'source' = '"local"'
          then ${withoutProgress(base)} - 'source' else ${withoutProgress(base)} end as own,
        original.text, original.own as original
      from before left join original on true where ${isWritten}
    )
    update knowledge set meta = case when progress.rest <> '{}' then ${fromEditable(others)}
      when progress.own = progress.original then progress.text::json
      else ${fromEditable(sql`progress.own`)} end
    from progress where knowledge.id = progress.id`);
  await db.execute(sql`
    delete from headway.original_meta where knowledge_id = ${knowledgeId} and not exists (
      select 1 from (select ${editable(sql`k.meta`)} as value from knowledge k
        where k.id = ${knowledgeId} offset 0) before where ${isWritten})`);
}

/** Forgets the values of knowledge bases that the app has deleted. */
export async function forgetOriginals(db: Executor): Promise<void> {
  await db.execute(sql`
    delete from headway.original_meta o
    where not exists (select 1 from knowledge k where k.id = o.knowledge_id)`);
}
