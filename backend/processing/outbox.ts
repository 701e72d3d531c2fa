/**
 * Event buffer of a child process: when sending is slower than extraction, extraction continues and
 * waiting events are merged.
 *
 * @module
 */
import { addNotices } from '#contract/notices.ts';
import { textLengthOf } from './processor.ts';
import type { ChildEvent } from './protocol.ts';

/** Maximum text in the buffer, in UTF-16 code units; beyond it the producer waits. */
const MOST_TEXT = 256 * 1024;

/**
 * Sends events in their order, one at a time. Waiting events are merged: parts are concatenated,
 * with the last of their checkpoints. Resolves once another event may be produced; throws if
 * sending failed.
 */
export function createOutbox(
  write: (event: ChildEvent) => Promise<void>,
): (event: ChildEvent) => Promise<void> {
  const waiting: ChildEvent[] = [];
  let waitingText = 0;
  let sending: Promise<void> | null = null;

  async function sendAll(): Promise<void> {
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      waitingText -= textOf(event);
      await write(event);
    }
    sending = null;
  }

  return async (event) => {
    waitingText += textOf(event);
    const merged = merge(waiting.at(-1), event);
    if (merged) waiting.splice(-1, 1, merged);
    else waiting.push(event);
    if (sending === null) {
      sending = sendAll();
      // Reported to the producer that awaits it.
      sending.catch(() => {});
    }
    if (waitingText >= MOST_TEXT) await sending;
  };
}

function merge(before: ChildEvent | undefined, event: ChildEvent): ChildEvent | null {
  if (event.type === 'progress' && before?.type === 'progress') return event;
  if (event.type !== 'parts' || before?.type !== 'parts') return null;
  const notices = addNotices(before.notices ?? [], event.notices ?? []);
  return {
    ...event,
    parts: [...before.parts, ...event.parts],
    ...notices.length > 0 && { notices },
  };
}

function textOf(event: ChildEvent): number {
  if (event.type === 'piece') return event.sound?.wav.length ?? 0;
  return event.type === 'parts' ? textLengthOf(event.parts) : 0;
}
