/**
 * The endpoints in the database, and their secrets.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { NewWebhook, Webhook, WebhookChange, WebhookWithSecret } from '#contract/webhooks.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { AddressError, checkTarget, type Targets } from './addresses.ts';
import { TELLING_CHANNEL } from './deliveries.ts';
import { newSecret } from './sign.ts';

/** After a rotation the old secret signs beside the new one for this long. */
const ROTATION_HOURS = 24;

type Row = Webhook & Record<string, unknown>;

const epoch = (moment: SQL) => sql`extract(epoch from ${moment})::float8`;

const webhook = sql`
  select w.id, w.url, w.description, w.events, w.enabled, w.disabled_reason,
    count(*) filter (where d.state = 'pending')::int as pending,
    count(*) filter (where d.state = 'delivered')::int as delivered,
    count(*) filter (where d.state = 'failed')::int as failed,
    ${epoch(sql`max(d.ended_at) filter (where d.state = 'delivered')`)} as last_delivered_at,
    ${epoch(sql`w.created_at`)} as created_at, ${epoch(sql`w.updated_at`)} as updated_at
  from headway.webhook w left join headway.delivery d on d.webhook_id = w.id`;

/** All of them, oldest first. */
export async function listWebhooks(db: Executor): Promise<Webhook[]> {
  return [...await db.execute<Row>(sql`${webhook} group by w.id order by w.created_at, w.id`)];
}

/** Throws {@link AppError} `webhook_not_found`. */
export async function readWebhook(db: Executor, id: string): Promise<Webhook> {
  const [row] = await db.execute<Row>(sql`${webhook} where w.id = ${id}::uuid group by w.id`);
  return row ?? unknown(id);
}

/** Throws {@link AppError} `invalid` for an address that is not allowed. */
export async function createWebhook(
  db: Executor,
  { url, description = '', events = null }: NewWebhook,
  { userId, targets }: { userId: string; targets: Targets },
): Promise<WebhookWithSecret> {
  const [id, secret] = [crypto.randomUUID(), newSecret()];
  await db.execute(sql`
    insert into headway.webhook (id, url, description, events, secret, created_by)
    values (${id}::uuid, ${allowed(url, targets)}, ${description}, ${listOf(events)}, ${secret},
      ${userId})`);
  return { ...await readWebhook(db, id), secret };
}

/** Throws {@link AppError} `webhook_not_found`, or `invalid` as {@link createWebhook}. */
export async function changeWebhook(
  db: Executor,
  id: string,
  { url, description, events, enabled }: WebhookChange,
  targets: Targets,
): Promise<Webhook> {
  const changes = [
    sql`updated_at = now()`,
    url !== undefined && sql`url = ${allowed(url, targets)}`,
    description !== undefined && sql`description = ${description}`,
    events !== undefined && sql`events = ${listOf(events)}`,
    enabled !== undefined &&
    sql`enabled = ${enabled}, disabled_reason = null, not_before = null`,
  ].filter((each) => each !== false);
  const rows = await db.execute(sql`
    update headway.webhook set ${sql.join(changes, sql`, `)} where id = ${id}::uuid
    returning pg_notify(${TELLING_CHANNEL}, '')`);
  if (rows.length === 0) unknown(id);
  return await readWebhook(db, id);
}

/** Deletes its deliveries as well. Throws {@link AppError} `webhook_not_found`. */
export async function deleteWebhook(db: Executor, id: string): Promise<void> {
  const rows = await db.execute(sql`
    delete from headway.webhook where id = ${id}::uuid returning 1`);
  if (rows.length === 0) unknown(id);
}

/** Throws {@link AppError} `webhook_not_found`. */
export async function rotateSecret(db: Executor, id: string): Promise<WebhookWithSecret> {
  const secret = newSecret();
  const rows = await db.execute(sql`
    update headway.webhook set old_secret = secret, secret = ${secret}, updated_at = now(),
      old_secret_until = now() + make_interval(hours => ${ROTATION_HOURS})
    where id = ${id}::uuid returning 1`);
  if (rows.length === 0) unknown(id);
  return { ...await readWebhook(db, id), secret };
}

function allowed(url: string, targets: Targets): string {
  try {
    return checkTarget(url, targets).href;
  } catch (error) {
    throw error instanceof AddressError ? new AppError('invalid', error.reason) : error;
  }
}

const listOf = (events: readonly string[] | null) =>
  events === null
    ? sql`null::text[]`
    : sql`array[${sql.join([...new Set(events)].map((each) => sql`${each}`), sql`, `)}]::text[]`;

function unknown(id: string): never {
  throw new AppError('webhook_not_found', message('unknown_webhook', { id }));
}
