/**
 * The outbox: events and their deliveries, one named, conditional statement for every change.
 *
 * ```
 * pending ─► delivered
 *   ▲ │ ▲ └► failed ─┐
 *   │ └─┘ retry      │
 *   └─── redelivery ─┘
 * ```
 *
 * The trigger `session_ended` writes the rows, in the transaction that ends a session.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Deliveries, Delivery, DeliveryState } from '#contract/webhooks.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import type { Outcome } from './outcome.ts';
import { messageIdOf } from './sign.ts';

/** Channel that wakes the delivery loops. */
export const TELLING_CHANNEL = 'headway_telling';

/** Retention of ended deliveries and their events. */
const KEPT_DAYS = 30;
/** A delivery without an attempt for this long fails: its endpoint is disabled, for example. */
const TRIED_WITHIN_HOURS = 48;

interface Due {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly event_id: string;
  readonly type: string;
  readonly data: unknown;
  /** Epoch seconds. */
  readonly happened_at: number;
  readonly failures: number;
  readonly lease: string;
}

/** A due delivery to an endpoint that this process has claimed until its lease ends. */
export interface DuePost extends Due {
  readonly webhook_id: string;
  readonly url: string;
  /** All valid secrets, the newest first. */
  readonly secrets: readonly string[];
}

/** A due mail that this process has claimed until its lease ends. */
export interface DueMail extends Due {
  readonly webhook_id: null;
  /** The person's id. */
  readonly mail_to: string;
}

export interface Claim {
  readonly most: number;
  readonly leaseSeconds: number;
}

const ready = sql`d.state = 'pending' and d.next_at <= now()
  and (d.leased_until is null or d.leased_until < now())`;
const awake = sql`w.enabled and (w.not_before is null or w.not_before <= now())`;
const leased = (leaseSeconds: number) =>
  sql`
  lease = gen_random_uuid(), leased_until = now() + make_interval(secs => ${leaseSeconds})`;
const told = sql`d.id, d.event_id, e.type, e.data, d.failures, d.lease, d.webhook_id,
  extract(epoch from e.created_at)::float8 as happened_at`;

/**
 * Claims due deliveries, at most `perEndpoint` a webhook, so that a slow endpoint does not block
 * the others. Skips those that other processes have claimed.
 */
export async function claimPosts(
  db: Executor,
  { most, leaseSeconds, perEndpoint }: Claim & { perEndpoint: number },
): Promise<DuePost[]> {
  const rows = await db.execute<DuePost & { secret: string; old_secret: string | null }>(sql`
    with due as materialized (
      select waiting.id from headway.webhook w cross join lateral (
        select d.id, d.next_at from headway.delivery d where d.webhook_id = w.id and ${ready}
        order by d.next_at
        limit greatest(0, ${perEndpoint} - (select count(*) from headway.delivery b
          where b.webhook_id = w.id and b.state = 'pending' and b.leased_until > now()))
        for update skip locked
      ) waiting
      where ${awake} order by waiting.next_at limit ${most}
    )
    update headway.delivery d set ${leased(leaseSeconds)}
    from due, headway.event e, headway.webhook w
    where d.id = due.id and e.id = d.event_id and w.id = d.webhook_id
    returning ${told}, w.url, w.secret,
      case when w.old_secret_until > now() then w.old_secret end as old_secret`);
  return rows.map(({ secret, old_secret, ...row }) => ({
    ...row,
    secrets: old_secret ? [secret, old_secret] : [secret],
  }));
}

/** Claims due mails. */
export async function claimMails(
  db: Executor,
  { most, leaseSeconds }: Claim,
): Promise<DueMail[]> {
  return [
    ...await db.execute<DueMail>(sql`
      with due as materialized (
        select d.id from headway.delivery d where d.webhook_id is null and ${ready}
        order by d.next_at limit ${most} for update skip locked
      )
      update headway.delivery d set ${leased(leaseSeconds)} from due, headway.event e
      where d.id = due.id and e.id = d.event_id
      returning ${told}, d.mail_to`),
  ];
}

/** Seconds until a delivery is due, 0 or less if one is; null if there is none. */
export async function secondsToNext(db: Executor, withMail: boolean): Promise<number | null> {
  const [row] = await db.execute<{ seconds: number | null }>(sql`
    select extract(epoch from
      min(greatest(d.next_at, d.leased_until, w.not_before)) - now())::float8 as seconds
    from headway.delivery d left join headway.webhook w on w.id = d.webhook_id
    where d.state = 'pending' and coalesce(w.enabled, ${withMail}::boolean)`);
  return row?.seconds ?? null;
}

type Held = Pick<Due, 'id' | 'lease'> & { readonly webhook_id: string | null };

/** Resolves to true if the lease was still held. */
async function change(db: Executor, { id, lease }: Held, set: SQL): Promise<boolean> {
  const rows = await db.execute(sql`
    update headway.delivery set ${set}, lease = null, leased_until = null
    where id = ${id}::uuid and lease = ${lease}::uuid returning 1`);
  return rows.length > 0;
}

/** Releases a delivery unchanged, due at once. */
export function release(db: Executor, held: Held): Promise<boolean> {
  return change(db, held, sql`next_at = now()`);
}

/** Stores the outcome of an attempt; the next one is in `againSeconds`, or never. */
export async function settle(
  db: Executor,
  held: Held,
  outcome: Outcome,
  againSeconds: number | null,
): Promise<boolean> {
  const { state, status } = outcome;
  const attempt = sql`attempts = attempts + 1, response_status = ${status}::int`;
  if (state === 'delivered') {
    return await change(
      db,
      held,
      sql`${attempt}, state = 'delivered', failure = null, detail = null, ended_at = now()`,
    );
  }
  const failed = sql`${attempt}, failures = failures + 1, failure = ${outcome.failure},
    detail = ${outcome.detail}`;
  const waits = state === 'again' && againSeconds !== null;
  const next = waits
    ? sql`next_at = now() + make_interval(secs => ${againSeconds})`
    : sql`state = 'failed', ended_at = now()`;
  return await change(db, held, sql`${failed}, ${next}`);
}

/** Delays all deliveries to an endpoint, as it requested. */
export async function restEndpoint(db: Executor, id: string, seconds: number): Promise<void> {
  await db.execute(sql`
    update headway.webhook set not_before = greatest(not_before,
      now() + make_interval(secs => least(${seconds}::float8, 86400))) where id = ${id}::uuid`);
}

/** Disables an endpoint that is gone: nothing is sent there until a user enables it again. */
export async function switchOff(db: Executor, id: string): Promise<void> {
  await db.execute(sql`
    update headway.webhook set enabled = false, disabled_reason = 'gone', updated_at = now()
    where id = ${id}::uuid`);
}

type DeliveryRow = Delivery & Record<string, unknown>;

const delivery = sql`
  select d.id, d.event_id, e.type, d.state, d.attempts, d.failure, d.detail, d.response_status,
    extract(epoch from d.created_at)::float8 as created_at,
    case d.state when 'pending' then extract(epoch from d.next_at)::float8 end as next_at,
    extract(epoch from d.ended_at)::float8 as ended_at
  from headway.delivery d join headway.event e on e.id = d.event_id`;

const shown = (row: DeliveryRow): Delivery => ({ ...row, event_id: messageIdOf(row.event_id) });

/** A page of an endpoint's deliveries, newest first; `after` is the last id of the page before. */
export async function listDeliveries(
  db: Executor,
  webhookId: string,
  { state, limit, after }: { state?: DeliveryState; limit: number; after?: string },
): Promise<Deliveries> {
  const rows = await db.execute<DeliveryRow>(sql`${delivery}
    where d.webhook_id = ${webhookId}::uuid
      ${state ? sql`and d.state = ${state}` : sql``}
      ${
    after
      ? sql`and (d.created_at, d.id) < (
        select created_at, id from headway.delivery where id = ${after}::uuid)`
      : sql``
  }
    order by d.created_at desc, d.id desc limit ${limit + 1}`);
  const items = rows.slice(0, limit).map(shown);
  return { items, next_cursor: rows.length > limit ? items.at(-1)?.id ?? null : null };
}

/** Sends an endpoint a test event. Returns its delivery. */
export async function insertTest(tx: Executor, webhookId: string): Promise<Delivery> {
  const event = crypto.randomUUID();
  const data = JSON.stringify({ webhook_id: webhookId });
  await tx.execute(sql`
    insert into headway.event (id, type, data)
    values (${event}::uuid, 'webhook.test', ${data}::text::json)`);
  const [made] = await tx.execute<{ id: string }>(sql`
    insert into headway.delivery (event_id, webhook_id)
    values (${event}::uuid, ${webhookId}::uuid) returning id`);
  await tx.execute(sql`select pg_notify(${TELLING_CHANNEL}, '')`);
  return await readDelivery(tx, webhookId, made?.id ?? '');
}

/** Schedules a delivery at once, whatever its state. Throws `delivery_not_found`. */
export async function redeliver(db: Executor, webhookId: string, id: string): Promise<Delivery> {
  await db.execute(sql`
    update headway.delivery set state = 'pending', failures = 0, asked_at = now(),
      next_at = now(), ended_at = null
    where id = ${id}::uuid and webhook_id = ${webhookId}::uuid
      and (leased_until is null or leased_until < now())
    returning pg_notify(${TELLING_CHANNEL}, '')`);
  return await readDelivery(db, webhookId, id);
}

async function readDelivery(db: Executor, webhookId: string, id: string): Promise<Delivery> {
  const [row] = await db.execute<DeliveryRow>(sql`${delivery}
    where d.id = ${id}::uuid and d.webhook_id = ${webhookId}::uuid`);
  if (row) return shown(row);
  throw new AppError('delivery_not_found', message('unknown_delivery', { id }));
}

/** Fails deliveries that had no attempt for long, and deletes old ended ones. */
export async function cleanDeliveries(db: Executor): Promise<void> {
  await db.execute(sql`
    update headway.delivery set state = 'failed', ended_at = now(), lease = null,
      failure = coalesce(failure, 'expired'),
      detail = coalesce(detail, ${`It could not be tried within ${TRIED_WITHIN_HOURS} hours`})
    where state = 'pending' and (leased_until is null or leased_until < now())
      and asked_at < now() - make_interval(hours => ${TRIED_WITHIN_HOURS})`);
  await db.execute(sql`
    delete from headway.event e where e.created_at < now() - make_interval(days => ${KEPT_DAYS})
      and not exists (select 1 from headway.delivery d
        where d.event_id = e.id and (d.state = 'pending'
          or d.ended_at > now() - make_interval(days => ${KEPT_DAYS})))`);
}
