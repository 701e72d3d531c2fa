/**
 * Notifications of one process: outages of the mail server are recorded for all processes.
 *
 * @module
 */
import type { MayStillRead } from './access/absent.ts';
import type { Database } from './database/connection.ts';
import { storeRemoteStatus } from './queue/remote-status.ts';
import { openTelling, type Telling, type TellingOptions } from './telling/telling.ts';

interface Surroundings {
  readonly db: Database;
  readonly mayStillRead: MayStillRead;
  readonly log: (message: string) => void;
}

/** Starts delivery. */
export function openTellingFor(
  { webhooks, mail }: TellingOptions,
  { db, log, mayStillRead }: Surroundings,
): Promise<Telling> {
  return openTelling({ webhooks, mail }, {
    db,
    log,
    mayRead: (userId, knowledgeId) => mayStillRead({ userId, role: null }, knowledgeId),
    onChange(status) {
      storeRemoteStatus(db.orm, status)
        .catch((error) => log(`The state of the mail server could not be written down: ${error}`));
    },
  });
}
