/**
 * Services that are down, known to all processes: whichever asks them says so here.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { RemoteStatus } from '#contract/remote.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { messageValue } from '../database/messages.ts';

/** Whoever uses a service that is down asks it again soon; later than this nobody knows. */
const KNOWN_SECONDS = 120;

/**
 * Writes down that a service went down, stays down, or is back. `retry_at` is stored by the
 * database's clock, which it is compared with.
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

/** `own`, as this process sees them, and what others say is down. */
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
  // What is down is said by whoever knows it, this process before others.
  const said = new Map([...own, ...down, ...ownDown].map((each) => [each.service, each]));
  return [...said.values()].sort((a, b) => a.service < b.service ? -1 : 1);
}
