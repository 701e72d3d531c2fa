/**
 * Texts that only the app's rows have.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { hasText } from '../host/file-text.ts';
import { replaceContent } from './content.ts';

/**
 * Indexes the text in the app's row of a file of which nothing was read here, so that it is found
 * and readable, without its pages or times. Returns whether there was any.
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
