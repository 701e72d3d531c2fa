/**
 * Holds what a processor yields against the limits on one file.
 *
 * @module
 */
import type { ReadingLimits } from './limits.ts';
import { type ProcessEvent, ProcessingError } from './processor.ts';

/** Units that are counted as pages. */
const PAGES: Readonly<Record<string, string>> = {
  page: 'pages',
  slide: 'slides',
  sheet: 'sheets',
  chapter: 'chapters',
};

/**
 * The same events; throws {@link ProcessingError} `too_large_inside` before the first that goes
 * beyond a limit.
 */
export async function* withinLimits(
  events: AsyncIterable<ProcessEvent>,
  { maxPages, maxTextBytes }: ReadingLimits,
): AsyncGenerator<ProcessEvent> {
  let textBytes = 0;
  for await (const event of events) {
    if (event.type === 'size') {
      const pages = PAGES[event.unit];
      if (pages && event.total > maxPages) throw tooLarge(`${maxPages} ${pages}`);
    }
    if (event.type === 'parts') {
      for (const { separator = '', text } of event.parts) {
        textBytes += separator.length + text.length;
      }
      if (textBytes > maxTextBytes) throw tooLarge(`${megabytes(maxTextBytes)} of text`);
    }
    yield event;
  }
}

function tooLarge(limit: string): ProcessingError {
  const advice = 'split it and upload the pieces';
  return new ProcessingError('too_large_inside', `This file holds more than ${limit}: ${advice}`);
}

const megabytes = (bytes: number) => `${+(bytes / 1024 ** 2).toFixed(1)} MB`;
