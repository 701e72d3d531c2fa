/**
 * Revalidates the caches for polls against the database: every two seconds, and at once when a
 * process notifies of changed permissions.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import type { Rights } from './rights.ts';
import type { SignIns } from './sign-ins.ts';

const CHANNEL = 'headway_access';
const CONFIRM_MS = 2_000;

export interface Confirming {
  /** Publishes that permissions were changed through this process. */
  changed(): void;
  stop(): Promise<void>;
}

export async function startConfirming(
  db: Database,
  rights: Rights,
  signIns: SignIns | null,
  everyMs: number = CONFIRM_MS,
): Promise<Confirming> {
  let running: Promise<unknown> = Promise.resolve();
  // A failed revalidation is ignored here: entries expire soon without one.
  const confirm = () => {
    running = Promise.all([rights.confirm(), signIns?.confirm()]).catch(() => {});
  };
  const subscription = await db.listen(CHANNEL, () => {
    rights.doubt();
    confirm();
  });
  const timer = setInterval(confirm, everyMs);
  return {
    changed() {
      rights.doubt();
      running = Promise.all([
        running,
        db.orm.execute(sql`select pg_notify(${CHANNEL}, '')`).catch(() => {}),
      ]);
    },
    async stop() {
      clearInterval(timer);
      await subscription.unlisten();
      await running;
    },
  };
}
