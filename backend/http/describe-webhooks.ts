/**
 * Webhook requests as the OpenAPI document describes them.
 *
 * @module
 */
import { WebhookEvent } from '#contract/webhooks.ts';
import { toJsonSchema } from '@valibot/to-json-schema';

const headers = {
  'webhook-id': 'The id of the event, the same at every attempt',
  'webhook-timestamp': 'When this attempt was made, epoch seconds',
  'webhook-signature': 'One or more `v1,` and base64 of HMAC-SHA256, with spaces between them',
};

/** The member `webhooks` of the document. */
export function describeWebhooks(): object {
  const { $schema: _, ...schema } = toJsonSchema(WebhookEvent);
  return {
    event: {
      post: {
        tags: ['Webhooks'],
        summary: 'A session or a job of the app has ended',
        description: 'Signed by the Standard Webhooks specification. Any 2xx is taken for ' +
          '“received”; 410 switches the endpoint off.',
        security: [],
        parameters: Object.entries(headers).map(([name, description]) => ({
          name,
          in: 'header',
          required: true,
          description,
          schema: { type: 'string' },
        })),
        requestBody: { required: true, content: { 'application/json': { schema } } },
        responses: { '2XX': { description: 'Received' }, 410: { description: 'Send no more' } },
      },
    },
  };
}
