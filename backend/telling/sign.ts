/**
 * Secrets and signatures of the Standard Webhooks specification.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @module
 */
import { Buffer } from 'node:buffer';
import { Webhook } from 'standardwebhooks';

/** Within the 24 to 64 bytes that the specification requires. */
const SECRET_BYTES = 32;

/** A new secret in the form for receivers: `whsec_` and base64. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}

/** The id of an event for receivers. It has no full stop, which separates the signed parts. */
export const messageIdOf = (eventId: string): string => `msg_${eventId.replaceAll('-', '')}`;

export interface Message {
  readonly id: string;
  /** Time of the attempt; receivers refuse old ones. */
  readonly at: Date;
  readonly body: string;
}

/** The headers of one attempt, signed with every valid secret. */
export function signedHeaders(
  { id, at, body }: Message,
  secrets: readonly string[],
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
    'webhook-signature': secrets.map((each) => new Webhook(each).sign(id, at, body)).join(' '),
  };
}
