/**
 * The board of this process, connected to a database.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { Board, type BoardOptions } from './board.ts';
import { readVersions, readWanted } from './read.ts';

/**
 * Triggers publish every change of a session or its jobs here. The payload is the session's id, or
 * empty if several sessions changed.
 */
export const PROGRESS_CHANNEL = 'headway_progress';

export interface OpenBoard {
  readonly board: Board;
  stop(): Promise<void>;
}

/** Opens a board that subscribes to the changes of all processes. */
export async function openBoard(
  db: Database,
  staleSeconds: number,
  options: BoardOptions = {},
): Promise<OpenBoard> {
  const board = new Board({
    read: (wanted) => readWanted(db.orm, wanted, staleSeconds),
    versions: (wanted) => readVersions(db.orm, wanted),
    async say(payload) {
      await db.orm.execute(sql`select pg_notify(${PROGRESS_CHANNEL}, ${payload})`);
    },
  }, options);
  const subscription = await db.listen(
    PROGRESS_CHANNEL,
    (payload) => board.heard(payload),
    () => board.listening(),
    () => board.deaf(),
  );
  return {
    board,
    async stop() {
      board.stop();
      await subscription.unlisten();
    },
  };
}
