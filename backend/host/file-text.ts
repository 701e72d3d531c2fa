/**
 * Whether a row of the app's `file` table holds text that must not be lost.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { readable, readableObject } from './json.ts';

/** The text in `data`; null where there is none. */
export const textOf = (data: SQL): SQL =>
  sql`(case when jsonb_typeof(${readableObject(data)} -> 'content') = 'string'
    then ${readableObject(data)} ->> 'content' end)`;

/** SHA-256 of the text in `data`; null where there is none. */
export const textHash = (data: SQL): SQL =>
  sql`encode(sha256(convert_to(${textOf(data)}, 'UTF8')), 'hex')`;

/** Whether `data` holds text: a word at least, or what cannot be read and may be text. */
export const hasText = (data: SQL): SQL =>
  sql`(coalesce(${textOf(data)} ~ '[^[:space:]]', false)
    or (${data} is not null and ${readable(data)} is null))`;

/**
 * What a job keeps as its checkpoint when the reading of `file f` begins, to tell a text that the app
 * writes meanwhile; null where the row has no text.
 */
export const textAtStart = (fileId: SQL): SQL =>
  sql`(select jsonb_build_object('text_hash', ${textHash(sql`f.data`)}) from file f
    where f.id = ${fileId} and ${hasText(sql`f.data`)})`;

/** SHA-256 of the text of then, of job `j`. */
export const textHashAtStart: SQL = sql`(j.checkpoint ->> 'text_hash')`;

/**
 * Whether a status can take the place of `data`: null, or an object without text and without
 * content of any other shape.
 */
export const holdsNothing = (data: SQL): SQL =>
  sql`(not ${hasText(data)}
    and coalesce(jsonb_typeof(${readableObject(data)} -> 'content'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(${readable(data)}), 'null') in ('object', 'null'))`;
