/**
 * Webhooks, for administrators.
 *
 * @module
 */
import { paths } from '#contract/paths.ts';
import type {
  Deliveries,
  Delivery,
  NewWebhook,
  Webhook,
  WebhookChange,
  Webhooks,
  WebhookWithSecret,
} from '#contract/webhooks.ts';
import type { Request } from './request.ts';

// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function webhookCalls(request: Request) {
  return {
    webhooks: (signal?: AbortSignal) => request<Webhooks>('GET', paths.webhooks, { signal }),
    /** The answer has the secret, which is never returned again. */
    createWebhook: (body: NewWebhook) =>
      request<WebhookWithSecret>('POST', paths.webhooks, { body }),
    changeWebhook: (id: string, body: WebhookChange) =>
      request<Webhook>('PATCH', paths.webhook(id), { body }),
    deleteWebhook: (id: string) => request<unknown>('DELETE', paths.webhook(id)),
    rotateWebhook: (id: string) =>
      request<WebhookWithSecret>('POST', paths.webhookAction(id, 'rotate')),
    testWebhook: (id: string) => request<Delivery>('POST', paths.webhookAction(id, 'test')),
    /** Newest first. */
    deliveries: (id: string, limit: number, signal?: AbortSignal) =>
      request<Deliveries>('GET', paths.webhookDeliveries(id), { query: { limit }, signal }),
    redeliver: (id: string, delivery: string) =>
      request<Delivery>('POST', paths.redeliver(id, delivery)),
  };
}
