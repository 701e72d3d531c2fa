/**
 * Lines of a page in readable form.
 *
 * @module
 */
import { cleanText } from './text.ts';

/**
 * Joins words divided at line ends, removes space at the ends of lines, and leaves one blank line
 * at most.
 */
export function tidyLines(text: string): string {
  return cleanText(text).replace(/[ \t]+(?=\n|$)/g, '')
    .replace(/(?<=\p{Ll})[-\u00ad]\n(?=\p{Ll})/gu, '').replace(/\n{3,}/g, '\n\n').trim();
}
