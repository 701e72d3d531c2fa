/**
 * What is kept of files whose rows the app has deleted: what was read of them, and what is known of
 * their rows.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/** Have a row a file. */
const ABOUT_ROWS = [
  'known_state',
  'delivered_file',
  'published_text',
  'stale_text',
  'file_failure',
  'unwritten_status',
];

/** What was read. Its rows are found by the extraction, which goes last. */
const CONTENT = ['passage', 'part', 'extraction'];

/** Files whose text is removed at once. */
const AT_ONCE = 500;

const isGone = sql`not exists (select 1 from file f where f.id = kept.file_id)`;

/** Forgets those of the files that the app's table does not have. */
export async function forgetGone(tx: Executor, fileIds: readonly string[]): Promise<void> {
  const given = sql`kept.file_id = any(${sql.param(fileIds)}::text[]) and ${isGone}`;
  for (const table of [...ABOUT_ROWS, ...CONTENT]) {
    await tx.execute(sql`delete from headway.${sql.identifier(table)} kept where ${given}`);
  }
}

/** What would take the row of another file for that of the former one with the same id. */
const OF_FORMER = ['delivered_file', 'published_text', 'stale_text'];

/** Forgets the former file of an id under which the app has made another row. */
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

/** Forgets all that are gone. */
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
