/**
 * Webhooks: endpoints, events and deliveries.
 *
 * @module
 */
import * as v from 'valibot';
import { listOf } from './bounds.ts';
import { details, nullableDetails } from './messages/schema.ts';
import { FINAL_STATUSES } from './progress.ts';

/** Types of events: the end of a session, and of a job of the app's own. */
export const EVENT_TYPES = [
  'session.completed',
  'session.failed',
  'session.cancelled',
  'job.completed',
  'job.failed',
  'job.cancelled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const epochSeconds = v.pipe(v.number(), v.description('Epoch seconds'));

/** The end of a session. */
export const SessionEnd = v.object({
  session_id: v.string(),
  kind: v.pipe(
    v.string(),
    v.description('`files`, `background`, `app`, or the kind of a job of the app'),
  ),
  title: v.pipe(v.nullable(v.string()), v.description('Of a job of the app')),
  knowledge_id: v.nullable(v.string()),
  user_id: v.string(),
  status: v.picklist(FINAL_STATUSES),
  attempt: v.pipe(count, v.description('One more after every retry')),
  total_files: count,
  processed_files: count,
  failed_files: v.pipe(count, v.description('A session with some files failed is `completed`')),
  message: v.string(),
  message_details: details,
  error: v.nullable(v.string()),
  error_details: nullableDetails,
  queued_at: epochSeconds,
  finished_at: epochSeconds,
});
export type SessionEnd = v.InferOutput<typeof SessionEnd>;

const timestamp = v.pipe(v.string(), v.isoTimestamp(), v.description('When it happened'));

/** Body of every request to an endpoint. */
export const WebhookEvent = v.variant('type', [
  v.object({ type: v.picklist(EVENT_TYPES), timestamp, data: SessionEnd }),
  v.object({
    type: v.literal('webhook.test'),
    timestamp,
    data: v.object({ webhook_id: v.string() }),
  }),
]);
export type WebhookEvent = v.InferOutput<typeof WebhookEvent>;

/**
 * Reason of a failed attempt. `status`: a response other than 2xx; `timeout`: no response in time;
 * `unreachable`: no connection; `certificate`: invalid; `address`: resolves to a forbidden address;
 * `gone`: the endpoint answered 410 and was disabled; `expired`: no attempt was possible for too
 * long.
 */
export const DELIVERY_FAILURES = [
  'status',
  'timeout',
  'unreachable',
  'certificate',
  'address',
  'gone',
  'expired',
] as const;
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number];

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Delivery of one event to one endpoint. */
export const Delivery = v.object({
  id: v.string(),
  event_id: v.pipe(v.string(), v.description('The header `webhook-id`')),
  type: v.picklist([...EVENT_TYPES, 'webhook.test']),
  state: v.picklist(DELIVERY_STATES),
  attempts: count,
  failure: v.pipe(
    v.nullable(v.picklist(DELIVERY_FAILURES)),
    v.description('Why the last attempt failed'),
  ),
  detail: v.pipe(v.nullable(v.string()), v.description('The same in words, for operators')),
  response_status: v.nullable(count),
  created_at: epochSeconds,
  next_at: v.pipe(v.nullable(v.number()), v.description('Epoch seconds of the next attempt')),
  ended_at: v.nullable(v.number()),
});
export type Delivery = v.InferOutput<typeof Delivery>;

/** Response of `GET /webhooks/{id}/deliveries`, newest first. */
export const Deliveries = v.object({
  items: v.array(Delivery),
  next_cursor: v.nullable(v.string()),
});
export type Deliveries = v.InferOutput<typeof Deliveries>;

/** An endpoint. Counts include only stored deliveries: those of the last 30 days. */
export const Webhook = v.object({
  id: v.string(),
  url: v.string(),
  description: v.string(),
  events: v.pipe(v.nullable(v.array(v.picklist(EVENT_TYPES))), v.description('Null: all')),
  enabled: v.boolean(),
  disabled_reason: v.pipe(
    v.nullable(v.picklist(['gone'])),
    v.description('Why it is off although nobody switched it off: it answered 410'),
  ),
  pending: count,
  delivered: count,
  failed: count,
  last_delivered_at: v.nullable(v.number()),
  created_at: epochSeconds,
  updated_at: epochSeconds,
});
export type Webhook = v.InferOutput<typeof Webhook>;

/** Response of `GET /webhooks`. */
export const Webhooks = v.object({ items: v.array(Webhook) });
export type Webhooks = v.InferOutput<typeof Webhooks>;

/** Response that contains a new secret, which is never shown again. */
export const WebhookWithSecret = v.object({
  ...Webhook.entries,
  secret: v.pipe(v.string(), v.description('`whsec_…`; told once')),
});
export type WebhookWithSecret = v.InferOutput<typeof WebhookWithSecret>;

const fields = {
  url: v.pipe(v.string(), v.trim(), v.maxLength(2_000), v.url('must be an address')),
  description: v.pipe(
    v.string(),
    v.trim(),
    v.maxLength(200),
    // deno-lint-ignore no-control-regex -- what it is for
    v.regex(/^[^\x00-\x1f\x7f]*$/, 'must be one line of text'),
  ),
  events: v.nullable(
    v.pipe(
      listOf(v.picklist(EVENT_TYPES), EVENT_TYPES.length),
      v.minLength(1, 'must name one or more, or be null'),
    ),
  ),
};

/** Body of `POST /webhooks`. */
export const NewWebhook = v.strictObject({
  url: fields.url,
  description: v.optional(fields.description),
  events: v.optional(fields.events),
});
export type NewWebhook = v.InferOutput<typeof NewWebhook>;

/** Body of `PATCH /webhooks/{id}`; omitted members stay unchanged. */
export const WebhookChange = v.partial(v.strictObject({ ...fields, enabled: v.boolean() }));
export type WebhookChange = v.InferOutput<typeof WebhookChange>;
