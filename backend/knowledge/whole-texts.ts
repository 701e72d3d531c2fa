/**
 * Stores files that were read in one pass, each complete with all its parts.
 *
 * @module
 */
import { textOf } from '#contract/joined-text.ts';
import type { Part } from '#contract/files.ts';
import type { Notice } from '#contract/notices.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { storableJson } from '../database/json.ts';
import { KEPT } from '../database/kept.ts';
import { insertParts, type Reader } from './content.ts';
import { completeFiles } from './finish-file.ts';
import { lockFiles } from './lock-files.ts';

export interface WholeText {
  readonly fileId: string;
  readonly reader: Reader;
  readonly parts: readonly Part[];
  readonly checkpoint: Record<string, unknown>;
  readonly notices: readonly Notice[];
}

/**
 * Stores the texts, completes their files and links them to the knowledge base that they were read
 * for. Throws if content of a file was stored, or the file was removed, since its reading began.
 */
export async function storeWholeTexts(
  tx: Executor,
  texts: readonly WholeText[],
  knowledgeId: string | null,
): Promise<void> {
  await lockFiles(tx, texts.map(({ fileId }) => fileId));
  await insertExtractions(tx, texts);
  await insertParts(tx, texts.flatMap(({ fileId, parts }) => parts.map((p) => ({ ...p, fileId }))));
  const files = texts.map(({ fileId, parts }) => ({ fileId, text: textOf(parts) }));
  await completeFiles(tx, files, { knowledgeId });
}

async function insertExtractions(tx: Executor, texts: readonly WholeText[]): Promise<void> {
  const column = (of: (text: WholeText) => unknown) => sql.param(texts.map(of));
  const rows = await tx.execute(sql`${KEPT}
    insert into headway.extraction (file_id, processor, version, file_hash, checkpoint, next_index,
      notices, fraction, complete)
    select given.id, processor, version, source, checkpoint::jsonb, next_index,
      nullif(notices::jsonb, '[]'), 1, true
    from unnest(${column(({ fileId }) => fileId)}::text[],
      ${column(({ reader }) => reader.id)}::text[], ${
    column(({ reader }) => reader.version)
  }::int[],
      ${column(({ reader }) => reader.source)}::text[],
      ${column(({ checkpoint }) => storableJson(checkpoint))}::text[],
      ${column(({ parts }) => (parts.at(-1)?.index ?? -1) + 1)}::int[],
      ${column(({ notices }) => storableJson(notices))}::text[])
      as given (id, processor, version, source, checkpoint, next_index, notices)
    join file on file.id = given.id
    on conflict do nothing returning 1`);
  if (rows.length < texts.length) throw new Error('Cannot store what was changed meanwhile');
}
