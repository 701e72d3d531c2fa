/**
 * Headway's changes of `file.meta`: a name, a declared language. If `meta` is no object, such as a
 * list, the app's value stays unchanged.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { editable, fromEditable, marked } from './json.ts';

/** Sets the display name, in both places where the app stores it. */
export async function renameFile(db: Executor, id: string, filename: string): Promise<void> {
  await changeMeta(db, id, {
    meta: sql`one.meta || jsonb_build_object('name', ${marked(filename)}::text)`,
    filename,
  });
}

/** Declares the language of a file in its `meta.data`, as uploads do. */
export async function declareFileLanguage(
  db: Executor,
  id: string,
  language: string | null,
): Promise<void> {
  const data = sql`coalesce(nullif(one.meta -> 'data', 'null'), '{}')`;
  await changeMeta(db, id, {
    meta: sql`case when jsonb_typeof(${data}) = 'object' then one.meta || jsonb_build_object('data',
      ${data} || jsonb_build_object('language', ${language}::text)) else one.meta end`,
  });
}

interface Change {
  /** SQL for the new value of `one.meta`, an editable object. */
  readonly meta: SQL;
  /** Null leaves it unchanged. */
  readonly filename?: string | null;
}

async function changeMeta(db: Executor, id: string, { meta, filename = null }: Change) {
  await db.execute(sql`
    update file set filename = coalesce(${filename}, filename),
      updated_at = extract(epoch from now())::bigint,
      meta = coalesce((select ${fromEditable(meta)}
        from (select coalesce(nullif(read.meta, 'null'), '{}') as meta
          from (select ${editable(sql`file.meta`)} as meta offset 0) read
          where jsonb_typeof(read.meta) in ('object', 'null') offset 0) one), file.meta::json)
    where id = ${id}`);
}
