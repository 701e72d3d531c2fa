/**
 * Table of contents of a document; long runs of unnamed parts are grouped. Pure.
 *
 * @module
 */
import type { OutlineEntry, Part } from '#contract/files.ts';
import type { Messages } from './messages.ts';

export interface ContentsEntry {
  /** Index of the part it leads to. */
  readonly index: number;
  /** Index after the last part it covers. */
  readonly end: number;
  readonly name: string;
}

/** Maximum number of unnamed parts listed one by one; more are grouped in ranges. */
const ONE_BY_ONE = 60;

type Named = Pick<Part, 'index' | 'kind' | 'label'>;

/** Returns the label of a part, or else `Page 3`. */
export function partName({ index, kind, label }: Named, messages: Messages): string {
  return label || messages.partKinds[kind](index + 1);
}

export function contentsOf(
  outline: readonly OutlineEntry[],
  messages: Messages,
): ContentsEntry[] {
  return outline.flatMap((entry) => {
    const { index, count, label } = entry;
    if (label) return [{ index, end: index + count, name: label }];
    return count <= ONE_BY_ONE ? oneByOne(entry, messages) : ranges(entry, messages);
  });
}

function oneByOne(entry: OutlineEntry, messages: Messages): ContentsEntry[] {
  return Array.from({ length: entry.count }, (_, at) => {
    const index = entry.index + at;
    return { index, end: index + 1, name: partName({ ...entry, index }, messages) };
  });
}

function ranges({ index, count, kind }: OutlineEntry, messages: Messages): ContentsEntry[] {
  const step = roundStep(count / ONE_BY_ONE);
  const numbers = new Intl.NumberFormat(messages.locale);
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => {
    const from = index + at * step;
    const end = Math.min(from + step, index + count);
    const [first, last] = [numbers.format(from + 1), numbers.format(end)];
    return { index: from, end, name: messages.reader.partRanges[kind](first, last) };
  });
}

/** Rounds up to 5, 10, 50, 100, …, for readable ranges. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 5, 10].map((factor) => factor * power).find((step) => step >= Math.max(2, least)) ??
    10;
}
