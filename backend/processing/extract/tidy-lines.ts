/**
 * Lines of a page as a reader takes them.
 *
 * @module
 */
import { cleanText } from './text.ts';

/** Words put together at line ends, no space at the ends of lines, one blank line at most. */
export function tidyLines(text: string): string {
  return cleanText(text).replace(/[ \t]+(?=\n|$)/g, '')
    .replace(/(?<=\p{Ll})[-\u00ad]\n(?=\p{Ll})/gu, '').replace(/\n{3,}/g, '\n\n').trim();
}
