/**
 * What an entry of the queue says: what pg-boss's own `insert` would write (a contract test holds
 * the two against each other), for half of the time. That takes its jobs through JSON and asks each
 * for twenty columns.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

export const ENTRY_COLUMNS: SQL = sql`id, name, priority, start_after, created_on, expire_seconds,
  deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy,
  dead_letter, heartbeat_seconds, blocked, blocking, pending_dependencies`;

/** What is told of an entry; the rest are the settings of its queue, as `q`. */
interface Entry {
  readonly id: SQL;
  readonly priority: SQL;
  /** Since when it waits. */
  readonly at: SQL;
  /** Among those that wait since the same time. */
  readonly place: SQL;
}

/**
 * The values of {@link ENTRY_COLUMNS}. The queue goes by priority and time alone, and hands out those
 * of the same time in any order: each place is a microsecond.
 */
export function entryOf({ id, priority, at, place }: Entry): SQL {
  return sql`${id}, q.name, ${priority}, ${at}, ${at} + ${place} * interval '1 microsecond',
    q.expire_seconds, q.deletion_seconds, ${at} + q.retention_seconds * interval '1 s', q.retry_limit, q.retry_delay,
    coalesce(q.retry_backoff, false), q.retry_delay_max, q.policy, q.dead_letter,
    q.heartbeat_seconds, false, false, 0`;
}
