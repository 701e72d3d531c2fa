/**
 * The database's clock set back: moments that were written before lie in the future by as much, and
 * what waits for them would wait as long.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';

/** Smaller steps than this are corrections of a running clock, and cost no more than themselves. */
const LEAST_SECONDS = 2;

/**
 * Compares the database's clock with the latest moment seen, and after a step back moves everything
 * that waits by it. To be called every few seconds, by any number of processes. Returns the seconds
 * of the step, 0 where there was none.
 */
export async function followClock({ orm }: Database): Promise<number> {
  return await orm.transaction(async (tx) => {
    const now = sql`extract(epoch from clock_timestamp())::float8`;
    const [seen] = await tx.execute<{ step: number }>(sql`
      select (value #>> '{}')::float8 - ${now} as step
      from headway.setting where key = 'clock' for update`);
    await tx.execute(sql`
      insert into headway.setting (key, value) values ('clock', to_jsonb(${now}))
      on conflict (key) do update set value = excluded.value`);
    const step = seen?.step ?? 0;
    if (step < LEAST_SECONDS) return 0;
    await shift(tx, step);
    return step;
  });
}

/** Only what lies in the future: the rest was written after the step, or is due anyway. */
async function shift(tx: Executor, seconds: number): Promise<void> {
  const step = sql`make_interval(secs => ${seconds}::float8)`;
  const moved = (column: string) => {
    const name = sql.identifier(column);
    return sql`${name} = case when ${name} > now() then ${name} - ${step} else ${name} end`;
  };
  const all = (...columns: string[]) => sql.join(columns.map(moved), sql`, `);
  await tx.execute(sql`
    update headway_queue.job set ${all('start_after', 'created_on', 'heartbeat_on')}
    where name = 'files' and state in ('created', 'retry', 'active')`);
  await tx.execute(sql`
    update headway.job set ${all('released_at', 'next_attempt_at')}
    where finished_at is null and (released_at > now() or next_attempt_at > now())`);
  await tx.execute(sql`
    update headway.session set ${all('updated_at')}
    where finished_at is null and updated_at > now()`);
  await tx.execute(sql`
    update headway.delivery set ${all('next_at', 'leased_until')} where state = 'pending'`);
  await tx.execute(sql`
    update headway.operation set ${all('next_at', 'leased_until')}
    where status in ('submitting', 'running')`);
  await tx.execute(sql`
    update headway.webhook set ${all('not_before')} where not_before > now()`);
  await tx.execute(sql`
    update headway.upload set ${all('updated_at')} where updated_at > now()`);
  await tx.execute(sql`
    update headway.remote_service set ${all('retry_at')} where retry_at > now()`);
  // Those of living holders were renewed since: only what no lease can reach is cut.
  await tx.execute(sql`
    update headway.lock set expires_at = now() + interval '1 minute'
    where expires_at > now() + interval '1 minute'`);
}
