/**
 * Enforces the limits of one file on the events of a processor.
 *
 * @module
 */
import { type Message, message } from '#contract/messages/catalogue.ts';
import type { ReadingLimits } from './limits.ts';
import { type ProcessEvent, ProcessingError, textLengthOf } from './processor.ts';

/** Units that are counted as pages. */
const PAGES: ReadonlySet<string> = new Set(['page', 'slide', 'sheet', 'chapter']);

/**
 * The same events; throws {@link ProcessingError} `too_large_inside` before the first event beyond
 * a limit.
 */
export async function* withinLimits(
  events: AsyncIterable<ProcessEvent>,
  { maxPages, maxTextBytes }: ReadingLimits,
): AsyncGenerator<ProcessEvent> {
  let textBytes = 0;
  for await (const event of events) {
    if (event.type === 'size') {
      const { unit, total } = event;
      if (PAGES.has(unit) && total > maxPages) {
        throw tooLarge(message('too_many_units', { most: maxPages, unit }));
      }
    }
    if (event.type === 'parts') {
      textBytes += textLengthOf(event.parts);
      if (textBytes > maxTextBytes) {
        throw tooLarge(message('too_much_text', { megabytes: megabytes(maxTextBytes) }));
      }
    }
    yield event;
  }
}

const tooLarge = (reason: Message) => new ProcessingError('too_large_inside', reason);

const megabytes = (bytes: number) => +(bytes / 1024 ** 2).toFixed(1);
