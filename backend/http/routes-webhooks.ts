/**
 * Webhooks for administrators: endpoints, their secrets, and the result of each delivery.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import {
  Deliveries,
  Delivery,
  DELIVERY_STATES,
  NewWebhook,
  Webhook,
  WebhookChange,
  Webhooks,
  WebhookWithSecret,
} from '#contract/webhooks.ts';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { insertTest, listDeliveries, redeliver } from '../telling/deliveries.ts';
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  listWebhooks,
  readWebhook,
  rotateSecret,
} from '../telling/webhooks.ts';
import { administrators } from './administrators.ts';
import { check, operation } from './describe.ts';
import { UUID, whole } from './parameters.ts';
import type { Env, Services } from './services.ts';

const DeliveriesQuery = v.object({
  state: v.optional(v.picklist(DELIVERY_STATES)),
  limit: whole(1, 200, 20),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(36), v.regex(UUID, 'must be a next_cursor'))),
});
const Deleted = v.object({ message: v.string() });

/** Routes below `/webhooks`. */
export function webhookRoutes({ db, telling: { targets } }: Services): Hono<Env> {
  return new Hono<Env>()
    .use(administrators(message('webhooks_for_administrators')))
    .get(
      '/',
      operation({
        tag: 'Webhooks',
        summary: 'All endpoints, oldest first',
        answers: { 200: { schema: Webhooks, as: 'The endpoints' } },
      }),
      async (c) => c.json({ items: await listWebhooks(db.orm) }),
    )
    .post(
      '/',
      operation({
        tag: 'Webhooks',
        summary: 'Add an endpoint',
        description: 'The answer has its secret, which is never told again.',
        answers: { 201: { schema: WebhookWithSecret, as: 'The endpoint and its secret' } },
        problems: ['invalid'],
      }),
      check('json', NewWebhook),
      async (c) => {
        const context = { userId: c.get('actor').id, targets };
        const made = await createWebhook(db.orm, c.req.valid('json'), context);
        c.header('location', `${API_BASE}${paths.webhook(made.id)}`);
        return secretly(c, made, 201);
      },
    )
    .get(
      '/:id',
      operation({
        tag: 'Webhooks',
        summary: 'One endpoint',
        answers: { 200: { schema: Webhook, as: 'The endpoint' } },
        problems: ['webhook_not_found'],
      }),
      async (c) => c.json(await readWebhook(db.orm, webhookIn(c))),
    )
    .patch(
      '/:id',
      operation({
        tag: 'Webhooks',
        summary: 'Change an endpoint',
        description: 'What is left out stays. Switching it on again sends what still waits.',
        answers: { 200: { schema: Webhook, as: 'The endpoint afterwards' } },
        problems: ['invalid', 'webhook_not_found'],
      }),
      check('json', WebhookChange),
      async (c) => c.json(await changeWebhook(db.orm, webhookIn(c), c.req.valid('json'), targets)),
    )
    .delete(
      '/:id',
      operation({
        tag: 'Webhooks',
        summary: 'Delete an endpoint and its deliveries',
        answers: { 200: { schema: Deleted, as: 'Deleted' } },
        problems: ['webhook_not_found'],
      }),
      async (c) => {
        await deleteWebhook(db.orm, webhookIn(c));
        return c.json({ message: 'Webhook deleted' });
      },
    )
    .post(
      '/:id/rotate',
      operation({
        tag: 'Webhooks',
        summary: 'Make a new secret',
        description: 'The old one signs beside it for 24 hours.',
        answers: { 200: { schema: WebhookWithSecret, as: 'The endpoint and its new secret' } },
        problems: ['webhook_not_found'],
      }),
      async (c) => secretly(c, await rotateSecret(db.orm, webhookIn(c)), 200),
    )
    .post(
      '/:id/test',
      operation({
        tag: 'Webhooks',
        summary: 'Send a test',
        description: 'An event of the type `webhook.test`, whatever types the endpoint wants.',
        answers: { 202: { schema: Delivery, as: 'The delivery, on its way' } },
        problems: ['webhook_not_found', 'conflict'],
      }),
      async (c) => {
        const { id, enabled } = await readWebhook(db.orm, webhookIn(c));
        if (!enabled) throw new AppError('conflict', message('webhook_off'));
        return c.json(await db.orm.transaction((tx) => insertTest(tx, id)), 202);
      },
    )
    .get(
      '/:id/deliveries',
      operation({
        tag: 'Webhooks',
        summary: 'Deliveries of an endpoint, newest first',
        description: 'Those of the last 30 days. `cursor` is the `next_cursor` of the page before.',
        answers: { 200: { schema: Deliveries, as: 'A page of deliveries' } },
        problems: ['invalid', 'webhook_not_found'],
      }),
      check('query', DeliveriesQuery),
      async (c) => {
        const { cursor, ...query } = c.req.valid('query');
        const { id } = await readWebhook(db.orm, webhookIn(c));
        return c.json(await listDeliveries(db.orm, id, { ...query, after: cursor }));
      },
    )
    .post(
      '/:id/deliveries/:delivery_id/redeliver',
      operation({
        tag: 'Webhooks',
        summary: 'Deliver again, at once',
        description: 'Under the same `webhook-id`, whatever came of it before.',
        answers: { 202: { schema: Delivery, as: 'The delivery, on its way' } },
        problems: ['delivery_not_found'],
      }),
      async (c) => {
        const [webhook, id] = [webhookIn(c), c.req.param('delivery_id')];
        if (!UUID.test(id)) {
          throw new AppError('delivery_not_found', message('unknown_delivery', { id }));
        }
        return c.json(await redeliver(db.orm, webhook, id), 202);
      },
    );
}

function webhookIn(c: Context<Env>): string {
  const id = c.req.param('id') ?? '';
  if (UUID.test(id)) return id;
  throw new AppError('webhook_not_found', message('unknown_webhook', { id }));
}

function secretly(c: Context<Env>, made: WebhookWithSecret, status: 200 | 201): Response {
  return c.json(made, status);
}
