/**
 * What a row says of a file that waits: its turn, to what it gave way, its next try. Pure.
 *
 * @module
 */
import type { FileProgress } from '#contract/progress.ts';
import { formatDuration } from './formatting.ts';
import type { Messages } from './messages.ts';

/** What the server adds to the word that a job gave way. */
const GOES_ON = /; goes on from: ([\s\S]+)$/;

export function waitDetails(file: FileProgress, messages: Messages, nowMs: number): string[] {
  const nextTry = nextTryOf(file, messages, nowMs);
  if (file.status === 'interrupted') return [...gaveWay(file, messages), ...turn(file, messages)];
  return nextTry === null ? turn(file, messages) : [nextTry];
}

function gaveWay({ interrupted_by, message }: FileProgress, messages: Messages): string[] {
  const { knowledge } = messages;
  const place = GOES_ON.exec(message)?.[1];
  return [
    ...(interrupted_by === null ? [] : [knowledge.gaveWay(interrupted_by)]),
    ...(place === undefined ? [] : [knowledge.goesOnFrom(messages.server.news(place))]),
  ];
}

function turn({ queue_position: ahead }: FileProgress, { knowledge }: Messages): string[] {
  return ahead === null ? [] : [knowledge.filesAhead(ahead)];
}

/** Null where the file waits for its turn and not for a next try. */
function nextTryOf(file: FileProgress, messages: Messages, nowMs: number): string | null {
  if (file.next_attempt_at === null || file.attempt === 0) return null;
  const { knowledge } = messages;
  const seconds = file.next_attempt_at - nowMs / 1_000;
  const number = file.attempt + 1;
  return seconds < 1
    ? knowledge.nextTryNow(number)
    : knowledge.nextTry(number, formatDuration(seconds, messages.locale));
}
