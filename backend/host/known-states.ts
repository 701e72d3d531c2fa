/**
 * Cache of the state of files with a long text, in `headway.known_state`, keyed by row version. The
 * host's `data` contains state and text in one value, which must be parsed as a whole to read
 * either.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from './file-fields.ts';

/** Characters of `data` from which its stored size may be large enough to cache its state. */
export const MAY_BE_LARGE = 2000;

/** The INSERT that caches states: `rows` are file id, xmin, ctid, status, error and its code. */
export const keepStates = (rows: SQL): SQL =>
  sql`insert into headway.known_state (file_id, row_xmin, row_ctid, status, error, error_code)
    ${rows}
    on conflict (file_id) do update set (row_xmin, row_ctid, status, error, error_code) =
      (excluded.row_xmin, excluded.row_ctid, excluded.status, excluded.error, excluded.error_code)`;

/**
 * Caches the state of large files, selected by a condition on `f`, that are not cached in this
 * version.
 */
export async function learnStates(db: Executor, files: SQL): Promise<void> {
  await db.execute(keepStates(sql`
    select f.id, f.xmin, f.ctid, ${hostFile.status}, ${hostFile.error}, ${hostFile.errorCode}
    from file f where (${files}) and ${hostFile.unlearned}
    order by f.id`));
}
