/**
 * Deletes Headway's data of files whose rows the app has deleted: their content, and the records
 * about their rows.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/** Tables of records about the rows of files. */
const ABOUT_ROWS = [
  'known_state',
  'delivered_file',
  'published_text',
  'stale_text',
  'file_failure',
  'unwritten_status',
];

/** Tables of extracted content. Their rows are found by the extraction, which is deleted last. */
const CONTENT = ['passage', 'part', 'extraction'];

/** Files whose content is deleted in one batch. */
const AT_ONCE = 500;

const isGone = sql`not exists (select 1 from file f where f.id = kept.file_id)`;

/** Deletes the data of those files that are missing in the app's table. */
export async function forgetGone(tx: Executor, fileIds: readonly string[]): Promise<void> {
  const given = sql`kept.file_id = any(${sql.param(fileIds)}::text[]) and ${isGone}`;
  for (const table of [...ABOUT_ROWS, ...CONTENT]) {
    await tx.execute(sql`delete from headway.${sql.identifier(table)} kept where ${given}`);
  }
}

/** Tables that would mistake the row of a new file for that of a former one with the same id. */
const OF_FORMER = ['delivered_file', 'published_text', 'stale_text'];

/** Deletes the data of the former file of an id that the app has reused. */
export async function forgetFormer(
  tx: Executor,
  fileId: string,
  { content }: { readonly content: boolean },
): Promise<void> {
  for (const table of content ? [...OF_FORMER, ...CONTENT] : OF_FORMER) {
    await tx.execute(sql`
      delete from headway.${sql.identifier(table)} kept where kept.file_id = ${fileId}`);
  }
}

/** Deletes the data of all missing files. */
export async function forgetGoneFiles(db: Executor): Promise<void> {
  for (const table of ABOUT_ROWS) {
    await db.execute(sql`delete from headway.${sql.identifier(table)} kept where ${isGone}`);
  }
  while (true) {
    const rows = await db.execute<{ id: string }>(sql`
      select kept.file_id as id from headway.extraction kept where ${isGone} limit ${AT_ONCE}`);
    await forgetGone(db, rows.map(({ id }) => id));
    if (rows.length < AT_ONCE) return;
  }
}
