/**
 * SQL that joins the stored parts of a file into its text.
 *
 * @module
 */
import { BLANK_LINE, LINE_END } from '#contract/joined-text.ts';
import { type SQL, sql } from 'drizzle-orm';

/**
 * SQL for one row with the column `text`: `textOf()` the stored parts of a file. A long text
 * stays in the database, since in this process it would take many times its size.
 */
export const textOfParts = (fileId: SQL): SQL =>
  sql`select coalesce(string_agg(coalesce(p.separator, case when p.index = 0 then ''
      when p.kind = 'segment' then ${LINE_END} else ${BLANK_LINE} end) || p.text, ''
      order by p.index), '') as text
    from headway.part p where p.file_id = ${fileId}`;
