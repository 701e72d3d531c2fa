/**
 * How the files of a knowledge base are to be read.
 *
 * @module
 */
import type { ChangeProcessing, ProcessingSettings } from '#contract/processing.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';

const UNSET: ProcessingSettings = { analyzer: null, language: null };

/** Nothing set is no row. */
export async function readProcessing(
  db: Executor,
  knowledgeId: string,
): Promise<ProcessingSettings> {
  const [row] = await db.execute<ProcessingSettings & Record<string, unknown>>(sql`
    select analyzer, language from headway.knowledge_setting where knowledge_id = ${knowledgeId}`);
  return row ?? UNSET;
}

/** Changes what is given, and nothing else. Returns what holds afterwards. */
export async function changeProcessing(
  db: Executor,
  knowledgeId: string,
  { analyzer, language }: ChangeProcessing,
): Promise<ProcessingSettings> {
  const [row] = await db.execute<ProcessingSettings & Record<string, unknown>>(sql`
    insert into headway.knowledge_setting as s (knowledge_id, analyzer, language)
    values (${knowledgeId}, ${analyzer ?? null}, ${language ?? null})
    on conflict (knowledge_id) do update set updated_at = now(),
      analyzer = case when ${analyzer !== undefined}::boolean then excluded.analyzer
        else s.analyzer end,
      language = case when ${language !== undefined}::boolean then excluded.language
        else s.language end
    returning analyzer, language`);
  return row ?? UNSET;
}

/** The language that a file declares, or null. */
export async function fileLanguage(db: Executor, fileId: string): Promise<string | null> {
  const [row] = await db.execute<{ language: string | null }>(
    sql`select ${hostFile.language} as language from file f where id = ${fileId}`,
  );
  return row?.language || null;
}

/** Declares the language of a file in its `meta.data`, where uploads declare it as well. */
export async function declareFileLanguage(
  db: Executor,
  fileId: string,
  language: string | null,
): Promise<void> {
  await db.execute(sql`
    update file f set updated_at = extract(epoch from now())::bigint,
      meta = old.meta || jsonb_build_object('data',
        (case when jsonb_typeof(old.meta -> 'data') = 'object' then old.meta -> 'data'
          else '{}' end) || jsonb_build_object('language', ${language}::text))
    from (select id, ${hostFile.meta} as meta from file f where id = ${fileId} for update) old
    where f.id = old.id`);
}
