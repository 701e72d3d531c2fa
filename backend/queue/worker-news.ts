/**
 * Tells boards when work begins to lack a worker, and when it has one again.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { PROGRESS_CHANNEL } from '../progress/open-board.ts';
import { countWorkers } from '../progress/workers.ts';

/**
 * Makes a look that notifies boards when the last worker is gone or the first one is back: the
 * status of every waiting session says so, and none of their rows is written then.
 */
export function workerNews(db: Database): () => Promise<void> {
  let known: boolean | null = null;
  return async () => {
    const some = await countWorkers(db.orm) > 0;
    if (known !== null && known !== some) {
      await db.orm.execute(sql`select pg_notify(${PROGRESS_CHANNEL}, '')`);
    }
    known = some;
  };
}
