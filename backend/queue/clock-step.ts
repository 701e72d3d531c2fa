/**
 * Handling of a database clock that was set back. Earlier timestamps then lie in the future, and
 * waits until them would last longer by the step.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';

/**
 * Least step that is handled, seconds. Smaller ones are corrections of a running clock, and delay
 * waits only by themselves.
 */
const LEAST_SECONDS = 2;

/**
 * Compares the database's clock with the latest time seen. After a step back it moves all waits by
 * the step. Call every few seconds, from any number of processes. Returns the step in seconds, or
 * 0.
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

/** Moves future timestamps only: the others were written after the step, or are due anyway. */
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
  // Living holders have renewed theirs since: only times beyond any lease are cut.
  await tx.execute(sql`
    update headway.lock set expires_at = now() + interval '1 minute'
    where expires_at > now() + interval '1 minute'`);
}
