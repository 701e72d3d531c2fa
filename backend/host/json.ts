/**
 * SQL that reads the host's JSON columns, `json` or `jsonb`, and fails for nothing they may hold (see
 * `0022_host_rows.sql`). A cast would fail for everybody whose list has one such row.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

/** A column as `jsonb`; null where it is SQL NULL or cannot be one. */
export const readable = (column: SQL): SQL => sql`headway.readable(${column})`;

/** A column as a `jsonb` object: an empty one for anything else. */
export const readableObject = (column: SQL): SQL => sql`headway.readable_object(${column})`;
