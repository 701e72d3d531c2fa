/**
 * Names of parts in exported text.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';

const NAMES: Record<Part['kind'], string> = {
  page: 'Page',
  slide: 'Slide',
  sheet: 'Sheet',
  chapter: 'Chapter',
  section: 'Section',
  segment: 'Segment',
};

/** `Page 3`, or `Slide 3: The plan`. */
export function partName({ kind, index, label }: Part): string {
  const name = `${NAMES[kind]} ${index + 1}`;
  return label ? `${name}: ${label}` : name;
}
