/**
 * Notifications of ended sessions, as one process sets them up.
 *
 * @module
 */
import type { RemoteStatus } from '#contract/remote.ts';
import type { Database } from '../database/connection.ts';
import type { Targets } from './addresses.ts';
import { type LoopOptions, startTelling } from './loop.ts';
import { createMailer, type MailOptions, type MayRead } from './mailer.ts';

export interface WebhookOptions {
  /**
   * `public`: https to the public internet. `any`: http and private networks as well, for internal
   * receivers. @default 'public'
   */
  readonly targets?: Targets | undefined;
  /** Retry times of failed deliveries. @default ten attempts over 22 hours */
  readonly schedule?: LoopOptions['schedule'];
  /** Timeout of an attempt, milliseconds. @default 15_000 */
  readonly attemptMs?: number | undefined;
  /** Lease of a delivery, which blocks other processes after a crash. @default 60 */
  readonly leaseSeconds?: number | undefined;
}

export interface Telling {
  readonly targets: Targets;
  /** True if mails are sent. */
  readonly mails: boolean;
  stop(): Promise<void>;
}

export interface TellingOptions {
  readonly webhooks?: WebhookOptions | undefined;
  readonly mail?: MailOptions | null | undefined;
}

interface Surroundings {
  readonly db: Database;
  /** Called before a mail is sent. @default true */
  readonly mayRead?: MayRead;
  /** Called when the mail server goes down, or is back. */
  readonly onChange?: (status: RemoteStatus) => void;
  readonly log: (message: string) => void;
}

export async function openTelling(
  { webhooks: { targets = 'public', ...webhooks } = {}, mail = null }: TellingOptions,
  { db, log, mayRead = () => Promise.resolve(true), onChange = () => {} }: Surroundings,
): Promise<Telling> {
  const sendMail = mail && createMailer(mail, { db: db.orm, mayRead, onChange });
  const loop = await startTelling({ ...webhooks, targets, db, log, sendMail });
  return { targets, mails: sendMail !== null, stop: loop.stop };
}
