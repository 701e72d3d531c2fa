/**
 * Joins the parts of a file to its text: here for parts in memory, and as SQL.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import { type SQL, sql } from 'drizzle-orm';

/** Between parts that do not say what stands before them. */
const LINE_END = '\n';
const BLANK_LINE = '\n\n';

type Joined = Pick<Part, 'index' | 'kind' | 'text' | 'separator'>;

/** What stands before a part in the text of its file. */
export function separatorOf({ index, kind, separator }: Omit<Joined, 'text'>): string {
  if (separator !== undefined) return separator;
  if (index === 0) return '';
  return kind === 'segment' ? LINE_END : BLANK_LINE;
}

/** The text of a file as people see it. */
export function textOf(parts: readonly Joined[]): string {
  return parts.map((part) => separatorOf(part) + part.text).join('');
}

/**
 * SQL for one row with the column `text`: {@link textOf} the stored parts of a file. A long text
 * stays in the database, since in this process it would take many times its size.
 */
export const textOfParts = (fileId: SQL): SQL =>
  sql`select coalesce(string_agg(coalesce(p.separator, case when p.index = 0 then ''
      when p.kind = 'segment' then ${LINE_END} else ${BLANK_LINE} end) || p.text, ''
      order by p.index), '') as text
    from headway.part p where p.file_id = ${fileId}`;
