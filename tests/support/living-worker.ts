/**
 * A worker that is in the list of workers, announces itself and takes nothing.
 *
 * @module
 */
import type postgres from 'postgres';

/** Begins; returns what ends it, and takes it out of the list. */
export async function announceWorker(sql: postgres.Sql): Promise<() => Promise<void>> {
  const id = `idle-${crypto.randomUUID()}`;
  const announce = () =>
    sql`insert into headway.worker (id, host, pid) values (${id}, 'nowhere', 1)
    on conflict (id) do update set seen_at = now()`;
  await announce();
  const timer = setInterval(() => announce().catch(() => {}), 2_000);
  return async () => {
    clearInterval(timer);
    await sql`delete from headway.worker where id = ${id}`;
  };
}
