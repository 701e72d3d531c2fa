/**
 * What was read of files: none of files that are gone, and passages of every one that is done.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../../database/connection.ts';
import { hostFile } from '../../host/file-fields.ts';
import { indexContent, removeContent } from '../../knowledge/content.ts';
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

/** A file that Headway read, so that its passages are Headway's to have. */
const completedWithout = sql`
  from file f where exists (
      select 1 from headway.job j where j.file_id = f.id and j.status = 'completed')
    and not exists (select 1 from headway.passage p where p.file_id = f.id)
    and ${hostFile.status} = 'completed'
    and length(trim(coalesce(${hostFile.content}, ''))) > 0`;

const hasText = sql`exists (
  select 1 from headway.part p where p.file_id = f.id and p.text ~ '[^[:space:]]')`;

export const completedWithoutPassages: Check = {
  kind: 'completed file that search cannot find',
  async find({ db }) {
    const rows = await db.orm.execute<{ id: string; filename: string; readable: boolean }>(
      sql`select f.id, f.filename, ${hasText} as readable ${completedWithout} order by f.id`,
    );
    return rows.map(({ id, filename, readable }) => ({
      id,
      detail: `${filename}: ${readable ? 'not cut into passages' : 'its parts are gone'}`,
    }));
  },
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.execute<{ readable: boolean; path: string | null }>(sql`
        select ${hasText} as readable, f.path ${completedWithout} and f.id = ${id} for update`);
      if (!row) return null;
      return row.readable ? await indexAgain(tx, id) : await readAgain(tx, id, row.path);
    }),
};

async function indexAgain(tx: Executor, id: string): Promise<string> {
  await tx.execute(sql`update headway.extraction set complete = false where file_id = ${id}`);
  await indexContent(tx, id);
  return 'indexed again';
}

/** Without its bytes nothing can be read: its text is kept as it is, and stays a finding. */
async function readAgain(tx: Executor, id: string, path: string | null): Promise<string | null> {
  if (path === null) return null;
  await removeContent(tx, id);
  await tx.execute(sql`update file set data = '{"status":"pending"}' where id = ${id}`);
  return 'marked as unprocessed: the next session of its knowledge base reads it';
}
