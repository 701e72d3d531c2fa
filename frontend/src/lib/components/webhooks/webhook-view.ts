/**
 * Texts about a webhook and its deliveries.
 *
 * @module
 */
import type { Delivery, Webhook } from '#contract/webhooks.ts';
import { formatAgo } from '../formatting.ts';
import type { Messages } from '../messages.ts';

/** Describes the results of its deliveries; zero counts are left out. */
export function countsOf(
  webhook: Webhook,
  { webhooks: texts, locale }: Messages,
  nowMs: number,
): { words: string[]; failed: string | null } {
  const { pending, delivered, failed, last_delivered_at: last } = webhook;
  const words = [
    ...(delivered > 0 ? [texts.delivered(delivered)] : []),
    ...(last === null ? [] : [texts.lastDelivered(formatAgo(last, nowMs, locale))]),
    ...(pending > 0 ? [texts.waiting(pending)] : []),
  ];
  return { words, failed: failed > 0 ? texts.failed(failed) : null };
}

/** Lists the event types that a webhook subscribes to. */
export function eventsOf({ events }: Webhook, { webhooks: texts }: Messages): string {
  return events === null ? texts.everything : events.map((each) => texts.events[each]).join(', ');
}

/** Describes the attempts of a delivery and the reason of a failure. */
export function storyOf(delivery: Delivery, { webhooks: texts }: Messages): string {
  const { attempts, failure, response_status: status } = delivery;
  const reason = failure === 'status' && status !== null
    ? texts.status(status)
    : failure === null
    ? ''
    : texts.failures[failure] ?? delivery.detail ?? '';
  return [attempts > 0 ? texts.attempts(attempts) : '', reason].filter(Boolean).join(' · ');
}

/** Formats the time of the next attempt as `in 3 minutes`; null if no retry is scheduled. */
export function nextTry(
  { next_at: at, attempts }: Delivery,
  locale: string,
  nowMs: number,
): string | null {
  if (at === null || attempts === 0) return null;
  const seconds = Math.max(1, Math.round(at - nowMs / 1_000));
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (seconds < 90) return words.format(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? words.format(minutes, 'minute')
    : words.format(Math.round(minutes / 60), 'hour');
}
