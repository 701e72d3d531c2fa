/**
 * Details of a waiting file: queue position, preempting work, next attempt. Pure.
 *
 * @module
 */
import { isA } from '#contract/messages/catalogue.ts';
import type { FileProgress } from '#contract/progress.ts';
import { innerText, messageText } from '../messages/server-text.ts';
import { formatDuration } from './formatting.ts';
import type { Messages } from './messages.ts';

export function waitDetails(file: FileProgress, messages: Messages, nowMs: number): string[] {
  const nextTry = nextTryOf(file, messages, nowMs);
  if (file.status === 'interrupted') return [...gaveWay(file, messages), ...turn(file, messages)];
  return nextTry === null ? turn(file, messages) : [nextTry];
}

function gaveWay(file: FileProgress, messages: Messages): string[] {
  const { interrupted_by: name, interrupted_by_details: by, message_details: details } = file;
  const { knowledge } = messages;
  return [
    ...(name === null ? [] : [knowledge.gaveWay(messageText(messages, by, name))]),
    ...(details && isA(details, 'preempted')
      ? [knowledge.goesOnFrom(innerText(messages, details.params.at))]
      : []),
  ];
}

function turn({ queue_position: ahead }: FileProgress, { knowledge }: Messages): string[] {
  return ahead === null ? [] : [knowledge.filesAhead(ahead)];
}

/** Describes the next attempt; null if the file waits for its turn instead. */
function nextTryOf(file: FileProgress, messages: Messages, nowMs: number): string | null {
  if (file.next_attempt_at === null || file.attempt === 0) return null;
  const { knowledge } = messages;
  const seconds = file.next_attempt_at - nowMs / 1_000;
  const number = file.attempt + 1;
  return seconds < 1
    ? knowledge.nextTryNow(number)
    : knowledge.nextTry(number, formatDuration(seconds, messages.locale));
}
