/**
 * Processing settings of a knowledge base.
 *
 * @module
 */
import type { ChangeProcessing, ProcessingSettings } from '#contract/processing.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';

const UNSET: ProcessingSettings = { analyzer: null, language: null };

/** Reads the settings; without a row none is set. */
export async function readProcessing(
  db: Executor,
  knowledgeId: string,
): Promise<ProcessingSettings> {
  const [row] = await db.execute<ProcessingSettings & Record<string, unknown>>(sql`
    select analyzer, language from headway.knowledge_setting where knowledge_id = ${knowledgeId}`);
  return row ?? UNSET;
}

/** Updates only the given settings. Returns the resulting ones. */
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

/** The declared language of a file, or null. */
export async function fileLanguage(db: Executor, fileId: string): Promise<string | null> {
  const [row] = await db.execute<{ language: string | null }>(
    sql`select ${hostFile.language} as language from file f where id = ${fileId}`,
  );
  return row?.language || null;
}
