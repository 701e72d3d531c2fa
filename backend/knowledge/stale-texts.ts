/**
 * Texts that stale copies of an app's row bring back: those that a file had before the latest one. The
 * app writes such copies at any time, and may also be told to write one of these texts on purpose.
 *
 * An edit on purpose sets the row's `hash` to that of its text and an `updated_at` later than any that
 * the row had up to the publication. A stale copy of `data` keeps the `hash` of the published text, and
 * one of the whole row an `updated_at` of before.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

/** Replaced texts of a file that are recognised. */
export const REPLACED_TEXTS = 20;

/**
 * Whether `row`, an alias of `file` whose text has the `hash`, was edited on purpose: later than
 * `updatedAt`, the latest time of the row up to the publication.
 */
export const isIntended = (row: SQL, hash: SQL, updatedAt: SQL): SQL =>
  sql`coalesce(${row}.hash = ${hash} and ${row}.updated_at > ${updatedAt}, false)`;

/** Statement that forgets published texts, `headway.published_text p`, and goes on to recognise them. */
export const forgetPublished = (condition: SQL): SQL =>
  sql`with forgotten as (${deletePublished(condition)}) ${keepStale}`;

/** {@link forgetPublished} within a statement: expressions for its `with`, `forgotten` and `stale`. */
export const forgottenPublished = (condition: SQL): SQL =>
  sql`forgotten as (${deletePublished(condition)}), stale as (${keepStale})`;

const deletePublished = (condition: SQL) =>
  sql`delete from headway.published_text p where ${condition}
    returning p.file_id, p.hash, p.replaced_hashes, p.row_updated_at`;

const keepStale = sql`
  insert into headway.stale_text as s (file_id, hashes, row_updated_at)
  select file_id, (hash || replaced_hashes)[1:${sql.raw(`${REPLACED_TEXTS}`)}], row_updated_at
  from forgotten
  on conflict (file_id) do update set hashes = excluded.hashes, row_updated_at = excluded.row_updated_at`;
