/**
 * Notifications for boards when the last worker is gone and when the first one is back.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { PROGRESS_CHANNEL } from '../progress/open-board.ts';
import { countWorkers } from '../progress/workers.ts';

/**
 * Creates a check that notifies boards when the last worker is gone or the first one is back. The
 * status of every waiting session then changes, although none of their rows is written.
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
