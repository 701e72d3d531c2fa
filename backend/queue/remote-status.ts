/**
 * Status of external services that are down, shared by all processes through the database.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { RemoteStatus } from '#contract/remote.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { messageValue } from '../database/messages.ts';

/**
 * Seconds after `retry_at` for which an outage is still known: a process that uses the service
 * retries soon.
 */
const KNOWN_SECONDS = 120;

/**
 * Stores that a service went down, stays down, or is back. `retry_at` is converted to the
 * database's clock, with which it is compared.
 */
export async function storeRemoteStatus(db: Executor, now: RemoteStatus): Promise<void> {
  const seconds = now.retry_at === null ? null : now.retry_at - Date.now() / 1000;
  await db.execute(sql`
    insert into headway.remote_service (service, status, since, retry_at, error)
    values (${now.service}, ${now.status}, to_timestamp(${now.since}::float8),
      now() + make_interval(secs => ${seconds}::float8), ${messageValue(now.error_details ?? null)})
    on conflict (service) do update set status = excluded.status, since = excluded.since,
      retry_at = excluded.retry_at, error = excluded.error, updated_at = now()`);
}

type StoredStatus = Omit<RemoteStatus, 'error' | 'error_details'> & {
  [column: string]: unknown;
  error_details: MessageDetails | null;
};

/** Merges `own`, as this process sees the services, with the outages that others reported. */
export async function readRemoteStatuses(
  db: Executor,
  own: readonly RemoteStatus[],
): Promise<RemoteStatus[]> {
  const rows = await db.execute<StoredStatus>(sql`
    select service, status, extract(epoch from since)::float8 as since,
      extract(epoch from retry_at)::float8 as retry_at, error as error_details
    from headway.remote_service
    where status = 'down' and retry_at > now() - make_interval(secs => ${KNOWN_SECONDS})`);
  const down = rows.map((row): RemoteStatus => ({
    ...row,
    error: row.error_details && formatMessage(row.error_details),
  }));
  const ownDown = own.filter(({ status }) => status === 'down');
  // A report of an outage takes precedence, first that of this process.
  const said = new Map([...own, ...down, ...ownDown].map((each) => [each.service, each]));
  return [...said.values()].sort((a, b) => a.service < b.service ? -1 : 1);
}
