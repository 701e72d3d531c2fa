/**
 * Rescue of jobs from workers of this machine whose process has ended: their claims expire at once,
 * not after a missed heartbeat.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import type { Queue } from './boss.ts';
import { isGone } from '../lifetime/process-life.ts';

/** Expires the claims of dead workers. Returns the ids of these workers. */
export async function releaseGone(
  { orm }: Database,
  queue: Pick<Queue, 'abandon'>,
): Promise<string[]> {
  const workers = await orm.execute<{ id: string; process: string }>(
    sql`select id, process from headway.worker where process is not null`,
  );
  const gone: string[] = [];
  for (const { id, process } of workers) {
    if (!await isGone(process)) continue;
    await orm.transaction(async (tx) => {
      await queue.abandon(tx, id);
      await tx.execute(sql`delete from headway.worker where id = ${id}`);
    });
    gone.push(id);
  }
  return gone;
}
