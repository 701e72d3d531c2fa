/**
 * Joins the parts of a file into its text.
 *
 * @module
 */
import type { Part } from './files.ts';

/** Default separator between the lines of a transcript. */
export const LINE_END = '\n';
/** Default separator between other parts. */
export const BLANK_LINE = '\n\n';

type Joined = Pick<Part, 'index' | 'kind' | 'text' | 'separator'>;

/** The separator before a part in the text of its file. */
export function separatorOf({ index, kind, separator }: Omit<Joined, 'text'>): string {
  if (separator !== undefined) return separator;
  if (index === 0) return '';
  return kind === 'segment' ? LINE_END : BLANK_LINE;
}

/** The text of a file as shown to users. */
export function textOf(parts: readonly Joined[]): string {
  return parts.map((part) => separatorOf(part) + part.text).join('');
}
