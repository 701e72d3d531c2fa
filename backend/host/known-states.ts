/**
 * The state of files with a long text, kept in `headway.known_state` for the version of the row that
 * was read: the host's `data` holds state and text in one value, which is parsed whole to read either.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from './file-fields.ts';

/** Reads the state of those of the files that are large and not known in this version. */
export async function learnStates(db: Executor, fileIds: readonly string[]): Promise<void> {
  if (fileIds.length === 0) return;
  await db.execute(sql`
    insert into headway.known_state as known (file_id, row_xmin, row_ctid, status, error, error_code)
    select f.id, f.xmin, f.ctid, ${hostFile.status}, ${hostFile.error}, ${hostFile.errorCode}
    from file f
    where f.id = any(${sql.param(fileIds)}::text[]) and ${hostFile.unlearned}
    order by f.id
    on conflict (file_id) do update set (row_xmin, row_ctid, status, error, error_code) =
      (excluded.row_xmin, excluded.row_ctid, excluded.status, excluded.error, excluded.error_code)`);
}
