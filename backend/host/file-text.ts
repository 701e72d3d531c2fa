/**
 * SQL for the text in a row of the app's `file` table, which must not be lost.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { readable, readableObject } from './json.ts';

/** The text in `data`; null if there is none. */
export const textOf = (data: SQL): SQL =>
  sql`(case when jsonb_typeof(${readableObject(data)} -> 'content') = 'string'
    then ${readableObject(data)} ->> 'content' end)`;

/** SHA-256 of the text in `data`; null if there is none. */
export const textHash = (data: SQL): SQL =>
  sql`encode(sha256(convert_to(${textOf(data)}, 'UTF8')), 'hex')`;

/** SQL: true if `data` has a text of at least one word, or is unreadable and may have one. */
export const hasText = (data: SQL): SQL =>
  sql`(coalesce(${textOf(data)} ~ '[^[:space:]]', false)
    or (${data} is not null and ${readable(data)} is null))`;

/** {@link textHash} if the text has a word. Parses `data` once. */
const wordsHash = (data: SQL): SQL =>
  sql`(select encode(sha256(convert_to(words.text, 'UTF8')), 'hex') from (
      select content #>> '{}' as text
      from (select ${readableObject(data)} -> 'content' as content offset 0) parsed
      where jsonb_typeof(content) = 'string' offset 0) words
    where words.text ~ '[^[:space:]]')`;

/**
 * Job checkpoint at the request of a reading, to detect a text that the app writes later; null if
 * the row has no text. A row with the text that Headway published is not parsed.
 */
export const textAtRequest = (fileId: SQL): SQL =>
  sql`(select jsonb_build_object('text_hash', held.hash)
    from file f cross join lateral (select coalesce(
      (select p.hash from headway.published_text p
        where p.file_id = f.id and p.row_version = f.xmin::text),
      ${wordsHash(sql`f.data`)}) as hash offset 0) held
    where f.id = ${fileId} and held.hash is not null)`;

/** SHA-256 of the text at the request of job `j`. */
export const textHashAtRequest: SQL = sql`(j.checkpoint ->> 'text_hash')`;

/**
 * SQL: true if a status can replace `data`: null, or an object without text and without content of
 * any other shape.
 */
export const holdsNothing = (data: SQL): SQL =>
  sql`(not ${hasText(data)}
    and coalesce(jsonb_typeof(${readableObject(data)} -> 'content'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(${readable(data)}), 'null') in ('object', 'null'))`;
