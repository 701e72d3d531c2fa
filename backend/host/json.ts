/**
 * SQL that reads and changes the host's JSON columns, `json` or `jsonb`, and never fails for their
 * content (see `0022_host_rows.sql`). A cast would fail for every list that contains one such row.
 *
 * {@link readable} loses what `jsonb` cannot represent. A change goes through {@link editable} and
 * {@link fromEditable}, which keep it.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

/** A column as `jsonb`; null if it is SQL NULL or not representable. */
export const readable = (column: SQL): SQL => sql`headway.readable(${column})`;

/** A column as a `jsonb` object: empty for anything else. */
export const readableObject = (column: SQL): SQL => sql`headway.readable_object(${column})`;

/** Begin and end of a mark. Both are noncharacters: Unicode assigns them to no text. */
const [BEGIN, END] = ['\uFDD0', '\uFDD1'];

const quoted = (text: string) => sql.raw(`'${text}'`);

/** SQL: true if a JSON text may contain something to be marked. */
const TO_MARK = quoted(String.raw`\\u|[0-9][eE][-+]?[0-9]|[0-9.]{250}|${BEGIN}`);

/** `\1`: strings to skip. `\2`: an escape that no text can hold, without its backslash. */
const ESCAPES = quoted(
  String
    .raw`(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\(u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))`,
);

/** `\1`: strings to skip. `\2`: a number that `numeric` cannot represent, or writes differently. */
const NUMBERS = quoted(
  String
    .raw`("(?:[^"\\]|\\.)*")|(-?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+|-?[0-9][0-9.]{250,})`,
);

const FIRST = quoted(String.raw`\1`);

const marks = (text: SQL) =>
  sql`(case when ${text} ~ ${TO_MARK} then
    replace(regexp_replace(replace(regexp_replace(
      replace(${text}, ${quoted(BEGIN)}, ${quoted(`${BEGIN}m${END}`)}),
      ${ESCAPES}, ${quoted(String.raw`\1${BEGIN}\2${END}`)}, 'g'), ${quoted(BEGIN + END)}, ''),
      ${NUMBERS}, ${quoted(String.raw`\1"${BEGIN}\2${END}"`)}, 'g'), ${
    quoted(`"${BEGIN}${END}"`)
  }, '')
    else ${text} end)`;

/**
 * A column as `jsonb`, to be changed and written back with {@link fromEditable}. Marks stand for
 * everything that `jsonb` cannot represent. SQL NULL is JSON `null`; null stands for an unreadable
 * value.
 */
export const editable = (column: SQL): SQL =>
  sql`(select case when ${readable(sql`held.text::json`)} is not null
      then ${marks(sql`held.text`)}::jsonb end
    from (select coalesce((${column})::text, 'null') as text offset 0) held)`;

/** {@link editable} if it is an object, else an empty one. */
export const editableObject = (column: SQL): SQL =>
  sql`(select case jsonb_typeof(held.value) when 'object' then held.value else '{}' end
    from (select ${editable(column)} as value offset 0) held)`;

/** A text as part of an {@link editable} value: a string, a key, or the text of JSON. */
export const marked = (text: string): string => text.replaceAll(BEGIN, `${BEGIN}m${END}`);

/** An {@link editable} value as `json`, with marked content restored. */
export const fromEditable = (value: SQL): SQL =>
  sql`replace(regexp_replace(regexp_replace((${value})::text,
    ${quoted(String.raw`"${BEGIN}([-+.0-9eE]+)${END}"`)}, ${FIRST}, 'g'),
    ${quoted(String.raw`${BEGIN}(u[0-9a-fA-F]{4})${END}`)}, ${quoted(String.raw`\\\1`)}, 'g'),
    ${quoted(`${BEGIN}m${END}`)}, ${quoted(BEGIN)})::json`;
