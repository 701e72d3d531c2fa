/**
 * SQL that replaces Headway's keys in `file.data`, and keeps the app's own.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { editable, editableObject, fromEditable } from './json.ts';

/** The keys of `data` that a result does not replace. */
export const otherKeys = (data: SQL): SQL =>
  sql`(${editableObject(data)} - 'status' - 'content' - 'error' - 'error_code')`;

/** SQL for `given`, the text of a JSON object, with the other keys of `data`. */
export const withOtherKeys = (given: SQL, other: SQL): SQL =>
  sql`(case when ${other} = '{}'::jsonb then ${given}::json
    else ${fromEditable(sql`${other} || ${editable(given)}`)} end)`;
