/**
 * Events in the form for receivers: the outbox stores messages; English text is added here.
 *
 * @module
 */
import { formatMessage, text } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { SessionEnd } from '#contract/webhooks.ts';

/**
 * Maximum characters of a text, and of a message as JSON; a longer message is sent as text only.
 */
const MOST_TEXT = 1_000;
const MOST_DETAILS = 4_000;

type Stored = Omit<SessionEnd, 'message' | 'error' | 'message_details' | 'error_details'> & {
  /** Text in events that an older version stored. */
  readonly message: MessageDetails | string;
  readonly error: MessageDetails | string | null;
};

/** The end of a session, from what the outbox holds. */
export function toSessionEnd(data: unknown): SessionEnd {
  const { message, error, ...rest } = data as Stored;
  const now = told(message);
  const failure = error === null ? null : told(error);
  return {
    ...rest,
    message: now.text,
    message_details: now.details,
    error: failure?.text ?? null,
    error_details: failure?.details ?? null,
  };
}

function told(stored: MessageDetails | string): { text: string; details: MessageDetails } {
  const details = typeof stored === 'string' ? text(stored) : stored;
  const words = formatMessage(details).slice(0, MOST_TEXT).toWellFormed();
  const fits = JSON.stringify(details).length <= MOST_DETAILS;
  return { text: words, details: fits ? details : text(words) };
}
