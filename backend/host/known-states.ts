/**
 * The state of files with a long text, kept in `headway.known_state` for the version of the row that
 * was read: the host's `data` holds state and text in one value, which is parsed whole to read either.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from './file-fields.ts';

/** Characters of `data` that may take so many bytes in the table that its state is kept. */
export const MAY_BE_LARGE = 2000;

/** The INSERT that keeps states: `rows` are file id, xmin, ctid, status, error and its code. */
export const keepStates = (rows: SQL): SQL =>
  sql`insert into headway.known_state (file_id, row_xmin, row_ctid, status, error, error_code)
    ${rows}
    on conflict (file_id) do update set (row_xmin, row_ctid, status, error, error_code) =
      (excluded.row_xmin, excluded.row_ctid, excluded.status, excluded.error, excluded.error_code)`;

/** Reads the state of those of the files, a condition on `f`, that are large and not known in this version. */
export async function learnStates(db: Executor, files: SQL): Promise<void> {
  await db.execute(keepStates(sql`
    select f.id, f.xmin, f.ctid, ${hostFile.status}, ${hostFile.error}, ${hostFile.errorCode}
    from file f where (${files}) and ${hostFile.unlearned}
    order by f.id`));
}
