/**
 * Uploads whose rows may be behind the storage, because a writer was lost or failed before it
 * stored its offset. Its expired lock then remains until a later holder releases it.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

const PREFIX = 'headway upload ';

/** The name of the lock of an upload's writer. */
export const uploadLock = (id: string): string => PREFIX + id;

const name = sql`${sql.raw(`'${PREFIX}'`)} || u.id::text`;

/** True if the upload `u` is locked, or its last holder left it unsettled. */
export const isUnsettled: SQL = sql`exists (select 1 from headway.lock l where l.name = ${name})`;

/** True if the last holder of the upload `u` left it unsettled. */
export const isLeftUnsettled: SQL = sql`exists (select 1 from headway.lock l
  where l.name = ${name} and l.expires_at < now())`;
