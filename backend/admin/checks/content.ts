/**
 * Extracted content of files: none of deleted files, and passages of every completed one.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../../database/connection.ts';
import { hostFile } from '../../host/file-fields.ts';
import { indexContent, removeContent, replaceContent } from '../../knowledge/content.ts';
import { getFile } from '../../knowledge/files.ts';
import { findLostTexts, restoreText } from '../../knowledge/reconcile.ts';
import type { Check, Finding } from './finding.ts';

const countOf = (table: SQL) =>
  sql`(select count(*)::int from ${table} t where t.file_id = gone.file_id)`;

export const contentWithoutFile: Check = {
  kind: 'text without a file',
  async find({ db }) {
    const rows = await db.orm.execute<
      { id: string; parts: number; passages: number; checkpoints: number }
    >(sql`
      select gone.file_id as id, ${countOf(sql`headway.part`)} as parts,
        ${countOf(sql`headway.passage`)} as passages,
        ${countOf(sql`headway.extraction`)} as checkpoints
      from (select file_id from headway.extraction union select file_id from headway.part
        union select file_id from headway.passage) gone
      where not exists (select 1 from file f where f.id = gone.file_id) order by 1`);
    return rows.map(({ id, ...counts }): Finding => ({
      id,
      detail: Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(', '),
    }));
  },
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const [file] = await tx.execute(sql`select 1 from file where id = ${id}`);
      if (file) return null;
      await removeContent(tx, id);
      return 'removed';
    }),
};

/** The app rewrote a row with an outdated copy. */
export const textLost: Check = {
  kind: 'text that the app has overwritten',
  find: async ({ db }) =>
    (await findLostTexts(db.orm)).map(({ id, filename }) => ({
      id,
      detail: `${filename}: its row has lost the text, or that it is complete`,
    })),
  repair: async ({ db }, id) => await restoreText(db, id) ? 'written again' : null,
};

/** A file that Headway extracted, so that its passages are Headway's responsibility. */
const completedWithout = sql`
  from file f where exists (
      select 1 from headway.job j where j.file_id = f.id and j.status = 'completed')
    and not exists (select 1 from headway.passage p where p.file_id = f.id)
    and ${hostFile.status} = 'completed'
    and length(trim(coalesce(${hostFile.content}, ''))) > 0`;

const hasParts = sql`exists (
  select 1 from headway.part p where p.file_id = f.id and p.text ~ '[^[:space:]]')`;

export const completedWithoutPassages: Check = {
  kind: 'completed file that search cannot find',
  async find({ db }) {
    const rows = await db.orm.execute<{ id: string; filename: string; readable: boolean }>(
      sql`select f.id, f.filename, ${hasParts} as readable ${completedWithout} order by f.id`,
    );
    return rows.map(({ id, filename, readable }) => ({
      id,
      detail: `${filename}: ${readable ? 'not cut into passages' : 'its parts are gone'}`,
    }));
  },
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.execute<{ readable: boolean }>(sql`
        select ${hasParts} as readable ${completedWithout} and f.id = ${id} for update`);
      if (!row) return null;
      return row.readable ? await indexAgain(tx, id) : await indexText(tx, id);
    }),
};

async function indexAgain(tx: Executor, id: string): Promise<string> {
  await tx.execute(sql`update headway.extraction set complete = false where file_id = ${id}`);
  await indexContent(tx, id);
  return 'indexed again';
}

/** Keeps the text in the app's row. Processing the file again restores its pages. */
async function indexText(tx: Executor, id: string): Promise<string> {
  const { content = '' } = (await getFile(tx, id)).data;
  await replaceContent(tx, id, content);
  return 'its text was indexed; process it again to have its pages or times';
}
