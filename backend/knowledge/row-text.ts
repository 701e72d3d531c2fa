/**
 * Texts that exist only in the app's rows.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { hasText } from '../host/file-text.ts';
import { replaceContent } from './content.ts';

/**
 * Indexes the text in the app's row for a file without extracted content, so that it can be found
 * and read, without pages or times. Returns true if there was any.
 */
export async function indexRowText(tx: Executor, fileId: string): Promise<boolean> {
  const [row] = await tx.execute<{ content: string | null }>(sql`
    select ${hostFile.content} as content from file f
    where f.id = ${fileId} and ${hasText(sql`f.data`)}
      and not exists (select 1 from headway.extraction e where e.file_id = f.id)`);
  if (!row?.content) return false;
  await replaceContent(tx, fileId, row.content);
  return true;
}
