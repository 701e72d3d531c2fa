/**
 * What the library does not read of a workbook of OpenDocument: hidden sheets, and text boxes, charts
 * and described pictures that lie on sheets.
 *
 * @module
 */
import { walkXml, type XmlElement } from './xml.ts';
import type { SheetDrawing } from './workbook-drawings.ts';

export interface OpenSheet extends SheetDrawing {
  readonly isHidden: boolean;
}

/** Elements that draw something (ODF 1.3 part 3, 10). */
const DRAWINGS = new Set([
  ...['frame', 'custom-shape', 'rect', 'ellipse', 'circle', 'polygon', 'path', 'line', 'connector'],
  ...['caption', 'g', 'text-box'],
]);

/**
 * Sheets by their names.
 *
 * @param objects text of charts and formulas by the name of their folder
 */
export function readOpenSheets(
  content: string,
  objects: ReadonlyMap<string, string>,
): Map<string, OpenSheet> {
  const reader = new SheetReader(objects);
  walkXml(content, reader);
  return reader.sheets;
}

class SheetReader {
  readonly sheets = new Map<string, OpenSheet>();
  readonly #objects: ReadonlyMap<string, string>;
  readonly #hiddenStyles = new Set<string>();
  #style = '';
  #sheet: { isHidden: boolean; lines: string[]; missing: string[] } | null = null;
  /** Drawings that are open. */
  #drawings = 0;
  #tables = 0;
  #text = '';

  constructor(objects: ReadonlyMap<string, string>) {
    this.#objects = objects;
  }

  readonly open = (element: XmlElement): void => {
    const { name, attributes } = element;
    if (name === 'style') this.#style = attributes.name ?? '';
    else if (name === 'table-properties' && attributes.display === 'false') {
      this.#hiddenStyles.add(this.#style);
    } else if (name === 'table' && this.#tables++ === 0) this.#openSheet(attributes);
    if (!this.#sheet) return;
    if (DRAWINGS.has(name)) this.#drawings++;
    else if (name === 'object') this.#object(attributes.href);
    else if (name === 'p' || name === 'title' || name === 'desc') this.#text = '';
    else if (name === 's' || name === 'tab') this.#text += ' ';
  };

  readonly text = (text: string): void => {
    if (this.#drawings) this.#text += text;
  };

  readonly close = ({ name }: XmlElement): void => {
    if (name === 'table' && --this.#tables === 0) this.#sheet = null;
    if (!this.#sheet) return;
    if (DRAWINGS.has(name)) this.#drawings--;
    else if (this.#drawings && (name === 'p' || name === 'title' || name === 'desc')) {
      const line = this.#text.replace(/\s+/g, ' ').trim();
      if (line) this.#sheet.lines.push(line);
      this.#text = '';
    }
  };

  #openSheet(attributes: XmlElement['attributes']): void {
    const isHidden = this.#hiddenStyles.has(attributes['style-name'] ?? '');
    this.#sheet = { isHidden, lines: [], missing: [] };
    this.sheets.set(attributes.name ?? '', this.#sheet);
  }

  #object(reference: string | undefined): void {
    if (reference === undefined) return;
    const text = this.#objects.get(reference.replace(/^\.\//, '').replace(/\/$/, ''));
    if (text === undefined) this.#sheet?.missing.push(reference.split('/').findLast(Boolean) ?? '');
    else this.#sheet?.lines.push(...text.split('\n').filter(Boolean));
  }
}
