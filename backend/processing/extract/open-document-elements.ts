/**
 * Roles of elements of an OpenDocument file, by their names and the elements around them.
 *
 * @module
 */
import type { XmlElement } from './xml.ts';

/** Deleted text, fields' machinery, covered cells, and a slide's repeated furniture. */
const SKIPPED = new Set([
  ...['tracked-changes', 'note-citation', 'forms', 'settings', 'covered-table-cell'],
  ...['scripts', 'meta'],
]);
export const FURNITURE = /^(header|footer)(-left|-first)?$/;

/** True for the body of a document, and for visible headers and footers of its pages. */
export function isRegion({ name, attributes }: XmlElement, path: readonly XmlElement[]): boolean {
  if (name === 'body') return true;
  return FURNITURE.test(name) && path.at(-1)?.name === 'master-page' &&
    attributes.display !== 'false';
}

export function isTitle(path: readonly XmlElement[]): boolean {
  return path.some(({ name, attributes }) => name === 'frame' && attributes.class === 'title');
}

export function isOnSlide(path: readonly XmlElement[]): boolean {
  return path.some(({ name }) => name === 'page');
}

/** Drawings that hold paragraphs (ODF 1.3 part 3, 10.3). */
const SHAPES = new Set([
  ...['text-box', 'custom-shape', 'rect', 'ellipse', 'circle', 'polygon', 'polyline', 'path'],
  ...['regular-polygon', 'caption', 'connector', 'line', 'measure'],
]);

export function isShape(name: string): boolean {
  return SHAPES.has(name);
}

/** True for the description of a drawing; inside of a line these names are fields. */
export function isDescription(path: readonly XmlElement[]): boolean {
  return /^(title|desc)$/.test(path.at(-1)?.name ?? '') &&
    !/^(p|h|span|a|meta)$/.test(path.at(-2)?.name ?? '');
}

/** Folder of an object by its reference (`./Object 1`). */
export function folderName(reference: string): string {
  return reference.replace(/^\.\//, '').replace(/\/$/, '');
}

export function fileName(reference: string | undefined): string {
  return reference?.split('/').findLast(Boolean) ?? 'object';
}

/** Space of an element; the number of a `text:s` (ODF 1.3 part 3, 6.1.3) is limited. */
export function spaceOf({ name, attributes }: XmlElement): string {
  if (name !== 's') return name === 'tab' ? '\t' : '\n';
  return ' '.repeat(Math.max(0, Math.min(Number(attributes.c ?? 1), 100)));
}

/**
 * True for elements without visible text. The class of a frame is the role of a placeholder (ODF
 * 1.3 part 3, 19.389).
 */
export function isSkipped({ name, attributes }: XmlElement): boolean {
  return SKIPPED.has(name) || (name === 'frame' && /^(page-number|footer|date-time|header)$/
    .test(attributes.class ?? ''));
}
