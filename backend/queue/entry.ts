/**
 * A queue entry with the values of pg-boss's own `insert` (a contract test compares the two), in
 * half the time. pg-boss passes jobs through JSON and reads twenty columns of each.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

export const ENTRY_COLUMNS: SQL = sql`id, name, priority, start_after, created_on, expire_seconds,
  deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy,
  dead_letter, heartbeat_seconds, blocked, blocking, pending_dependencies`;

/** Values of one entry; the rest are the settings of its queue, as `q`. */
interface Entry {
  readonly id: SQL;
  readonly priority: SQL;
  /** Start of the wait. */
  readonly at: SQL;
  /** Order among entries with the same start. */
  readonly place: SQL;
}

/**
 * The values of {@link ENTRY_COLUMNS}. The queue orders by priority and time alone, and dispatches
 * ties in any order. Each place therefore adds a microsecond.
 */
export function entryOf({ id, priority, at, place }: Entry): SQL {
  return sql`${id}, q.name, ${priority}, ${at}, ${at} + ${place} * interval '1 microsecond',
    q.expire_seconds, q.deletion_seconds, ${at} + q.retention_seconds * interval '1 s', q.retry_limit, q.retry_delay,
    coalesce(q.retry_backoff, false), q.retry_delay_max, q.policy, q.dead_letter,
    q.heartbeat_seconds, false, false, 0`;
}
