/**
 * How parts are called in exported text.
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

/** `1:02:03` or `2:03`. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
