/**
 * Joins the parts of a file to its text.
 *
 * @module
 */
import type { Part } from './files.ts';

/** Between the lines of a transcript that do not say what stands before them. */
export const LINE_END = '\n';
/** Between other parts that do not. */
export const BLANK_LINE = '\n\n';

type Joined = Pick<Part, 'index' | 'kind' | 'text' | 'separator'>;

/** The separator before a part in the text of its file. */
export function separatorOf({ index, kind, separator }: Omit<Joined, 'text'>): string {
  if (separator !== undefined) return separator;
  if (index === 0) return '';
  return kind === 'segment' ? LINE_END : BLANK_LINE;
}

/** The text of a file as people see it. */
export function textOf(parts: readonly Joined[]): string {
  return parts.map((part) => separatorOf(part) + part.text).join('');
}
