/**
 * Uploads whose rows may be behind the storage, because a writer was lost or failed before it noted
 * what it had stored. Its lock then remains, lapsed, until a later holder releases it.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

const PREFIX = 'headway upload ';

/** The name of the lock of an upload's writer. */
export const uploadLock = (id: string): string => PREFIX + id;

const name = sql`${sql.raw(`'${PREFIX}'`)} || u.id::text`;

/** Whether the upload `u` is locked, or was left by its last holder. */
export const isUnsettled: SQL = sql`exists (select 1 from headway.lock l where l.name = ${name})`;

/** Whether the last holder of the upload `u` left it unsettled. */
export const isLeftUnsettled: SQL = sql`exists (select 1 from headway.lock l
  where l.name = ${name} and l.expires_at < now())`;
