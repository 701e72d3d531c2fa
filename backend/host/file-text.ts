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

/** Whether `data` holds text: a word at least, or what cannot be read and may be text. */
export const hasText = (data: SQL): SQL =>
  sql`(coalesce(${textOf(data)} ~ '[^[:space:]]', false)
    or (${data} is not null and ${readable(data)} is null))`;

/**
 * Whether a status can take the place of `data`: null, or an object without text and without
 * content of any other shape.
 */
export const holdsNothing = (data: SQL): SQL =>
  sql`(not ${hasText(data)}
    and coalesce(jsonb_typeof(${readableObject(data)} -> 'content'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(${readable(data)}), 'null') in ('object', 'null'))`;
