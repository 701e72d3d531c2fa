/**
 * One attempt at one delivery, from the outbox to the receiver.
 *
 * @module
 */
import type { WebhookEvent } from '#contract/webhooks.ts';
import type { Executor } from '../database/connection.ts';
import type { Targets } from './addresses.ts';
import { type DueMail, type DuePost, restEndpoint, settle, switchOff } from './deliveries.ts';
import type { Outcome } from './outcome.ts';
import { post } from './post.ts';
import { retrySeconds, type Schedule } from './retry.ts';
import { messageIdOf, signedHeaders } from './sign.ts';
import { toSessionEnd } from './told-event.ts';

/** Sends a mail about an event. Throws the signal's reason after an abort. */
export type SendMail = (mail: DueMail, signal: AbortSignal) => Promise<Outcome>;

export interface DeliverContext {
  readonly db: Executor;
  readonly targets: Targets;
  /** Null if mail is not configured. */
  readonly sendMail: SendMail | null;
  readonly schedule?: Schedule | undefined;
  /** Timeout of an attempt at an endpoint, milliseconds. @default 15_000 */
  readonly attemptMs?: number | undefined;
}

/** Timeout of a mail, milliseconds: some mail servers delay unknown clients. */
export const MAIL_MS = 30_000;

const USER_AGENT = 'Headway-Webhooks/1';

/** Delivers, and stores the outcome. Throws the signal's reason if it was stopped. */
export async function deliver(
  context: DeliverContext,
  due: DuePost | DueMail,
  stopping: AbortSignal,
): Promise<void> {
  const outcome = await attempt(context, due, stopping);
  const asked = outcome.state === 'again' ? outcome.retryAfterSeconds : null;
  const again = outcome.state === 'again'
    ? retrySeconds(due.failures + 1, asked, context.schedule)
    : null;
  // The endpoint first, so that its new state already applies to the next delivery.
  if (due.webhook_id !== null) {
    if (outcome.state === 'gone') await switchOff(context.db, due.webhook_id);
    if (asked !== null) await restEndpoint(context.db, due.webhook_id, asked);
  }
  await settle(context.db, due, outcome, again);
}

async function attempt(
  { sendMail, targets, attemptMs = 15_000 }: DeliverContext,
  due: DuePost | DueMail,
  stopping: AbortSignal,
): Promise<Outcome> {
  const mostMs = due.webhook_id === null ? MAIL_MS : attemptMs;
  const late = AbortSignal.timeout(mostMs);
  const signal = AbortSignal.any([stopping, late]);
  try {
    if (due.webhook_id !== null) return await postEvent(due, targets, signal);
    if (sendMail) return await sendMail(due, signal);
    throw new Error('A mail was taken where no mail is set up');
  } catch (error) {
    stopping.throwIfAborted();
    if (!late.aborted) throw error;
    const detail = `No answer within ${+(mostMs / 1000).toFixed(1)} s`;
    return { state: 'again', failure: 'timeout', detail, status: null, retryAfterSeconds: null };
  }
}

function postEvent(due: DuePost, targets: Targets, signal: AbortSignal): Promise<Outcome> {
  const body = bodyOf(due);
  const message = { id: messageIdOf(due.event_id), at: new Date(), body };
  const headers = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    ...signedHeaders(message, due.secrets),
  };
  return post({ url: due.url, headers, body, targets, signal });
}

/** The same bytes at every attempt. */
function bodyOf({ type, data, happened_at }: DuePost): string {
  const timestamp = new Date(happened_at * 1000).toISOString();
  const told = type === 'webhook.test' ? data : toSessionEnd(data);
  return JSON.stringify({ type, timestamp, data: told } as WebhookEvent);
}
