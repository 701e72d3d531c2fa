/**
 * Telling others of what has ended, as one process sets it up.
 *
 * @module
 */
import type { Database } from '../database/connection.ts';
import type { Targets } from './addresses.ts';
import { type LoopOptions, startTelling } from './loop.ts';

export interface WebhookOptions {
  /**
   * `public`: https to the public internet. `any`: http and private networks as well, for receivers
   * of one's own. @default 'public'
   */
  readonly targets?: Targets | undefined;
  /** When what failed is tried again. @default ten attempts over 22 hours */
  readonly schedule?: LoopOptions['schedule'];
  /** An attempt may take this long, milliseconds. @default 15_000 */
  readonly attemptMs?: number | undefined;
  /** A process that died keeps its deliveries for this long. @default 60 */
  readonly leaseSeconds?: number | undefined;
}

export interface Telling {
  readonly targets: Targets;
  stop(): Promise<void>;
}

interface Surroundings {
  readonly db: Database;
  readonly log: (message: string) => void;
}

export async function openTelling(
  { targets = 'public', ...webhooks }: WebhookOptions,
  { db, log }: Surroundings,
): Promise<Telling> {
  const loop = await startTelling({ ...webhooks, targets, db, log, sendMail: null });
  return { targets, stop: loop.stop };
}
