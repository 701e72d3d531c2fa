/**
 * Texts that replace the extracted content of a file: written through the API, or by the app into
 * its row.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hasText, textHashAtRequest, textOf } from '../host/file-text.ts';
import { EDITED, replaceContent } from './content.ts';
import { textOfParts } from './joined-text.ts';
import { completeFile } from './finish-file.ts';
import { sha256 } from './hash.ts';
import { lockFiles } from './lock-files.ts';
import { standingOfRow } from './reconcile.ts';

/** Publishes a text and indexes it as the file's content. */
export async function writeEdited(tx: Executor, fileId: string, text: string): Promise<void> {
  await replaceContent(tx, fileId, text);
  await completeFile(tx, fileId, { text, knowledgeId: null, edited: true });
}

/**
 * Indexes the edited text of the file as its content. Returns false if it has none. Edited texts
 * are a text of the app's row that Headway has not published, and a published text that was edited.
 */
export async function indexEdited(tx: Executor, fileId: string): Promise<boolean> {
  await lockFiles(tx, [fileId]);
  const text = await editedText(tx, fileId);
  if (text === null) return false;
  await writeEdited(tx, fileId, text);
  return true;
}

/** True if {@link indexEdited} would find a text. */
export async function hasEdited(db: Executor, fileId: string): Promise<boolean> {
  return await editedText(db, fileId) !== null;
}

/**
 * SQL: true if the text of `file f` equals Headway's extracted text, which an earlier release did
 * not record.
 */
const isRead = sql`exists (
  select 1 from headway.extraction e cross join lateral (${textOfParts(sql`f.id`)}) parts
  where e.file_id = f.id and e.processor <> ${EDITED} and parts.text = ${textOf(sql`f.data`)})`;

async function editedText(db: Executor, fileId: string): Promise<string | null> {
  const [row] = await db.execute<{ text: string | null }>(sql`
    select case
      when p.file_id is null or ${standingOfRow} in ('newer', 'another')
        then case when ${hasText(sql`f.data`)} and not ${isRead} then ${textOf(sql`f.data`)} end
      when p.edited then p.content end as text
    from file f left join headway.published_text p on p.file_id = f.id
    where f.id = ${fileId}`);
  const text = row?.text ?? null;
  return text !== null && await isToBeReplaced(db, fileId, text) ? null : text;
}

/** True if an unfinished job was requested when the file had this text. */
async function isToBeReplaced(db: Executor, fileId: string, text: string): Promise<boolean> {
  const rows = await db.execute(sql`
    select 1 from headway.job j
    where j.file_id = ${fileId} and j.finished_at is null and ${textHashAtRequest} = ${sha256(text)}
    limit 1`);
  return rows.length > 0;
}
