/**
 * Former texts of a file that stale copies of the app's row bring back. The app writes such copies
 * at any time, and may also be told to write one of these texts intentionally.
 *
 * An intentional edit sets the row's `hash` to that of its text, and an `updated_at` later than any
 * that the row had up to the publication. A stale copy of `data` keeps the `hash` of the published
 * text, and one of the whole row an earlier `updated_at`.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

/** Maximum number of replaced texts recognised per file. */
export const REPLACED_TEXTS = 20;

/**
 * SQL: true if `row`, an alias of `file` whose text has the `hash`, was edited intentionally: later
 * than `updatedAt`, the latest time of the row up to the publication.
 */
export const isIntended = (row: SQL, hash: SQL, updatedAt: SQL): SQL =>
  sql`coalesce(${row}.hash = ${hash} and ${row}.updated_at > ${updatedAt}, false)`;

/**
 * Statement that deletes published texts, `headway.published_text p`, but keeps recognising them as
 * stale.
 */
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
