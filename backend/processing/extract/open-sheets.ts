/**
 * Content of an OpenDocument workbook that the library does not support: hidden sheets, and text
 * boxes, charts and described pictures on sheets.
 *
 * @module
 */
import { Blocks } from './blocks.ts';
import { fileName, folderName } from './open-document-elements.ts';
import { OpenDocumentStyles } from './open-document-styles.ts';
import { RaisedText } from './raised-text.ts';
import type { SheetDrawing } from './workbook-drawings.ts';
import { walkXml, type XmlElement } from './xml.ts';

export interface OpenSheet extends SheetDrawing {
  readonly isHidden: boolean;
  /** Formulas without a stored value. */
  readonly withoutValue: number;
  /** Texts of cells with raised or lowered characters, by row and column from 0 (`3,0`). */
  readonly raised: ReadonlyMap<string, string>;
}

/** Elements that draw something (ODF 1.3 part 3, 10). */
const DRAWINGS = new Set([
  ...['frame', 'custom-shape', 'rect', 'ellipse', 'circle', 'polygon', 'path', 'line', 'connector'],
  ...['caption', 'g', 'text-box'],
]);

/** Signs of such content; most workbooks have none. */
const HAS_MORE =
  /\bdisplay\s*=\s*["']false|\btext-position\s*=|<(?:\w+:)?(?:shapes|frame|custom-shape|rect|line|g)\b|\bformula\s*=/;

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
  if (HAS_MORE.test(content)) walkXml(content, reader);
  return reader.sheets;
}

interface OpenSheetContent extends OpenSheet {
  withoutValue: number;
  readonly lines: string[];
  readonly missing: string[];
  readonly raised: Map<string, string>;
}

class SheetReader {
  readonly sheets = new Map<string, OpenSheet>();
  readonly #objects: ReadonlyMap<string, string>;
  readonly #styles = new OpenDocumentStyles();
  readonly #cell = new CellText(this.#styles);
  #sheet: OpenSheetContent | null = null;
  #row = 0;
  #column = 0;
  /** Drawings that are open. */
  #drawings = 0;
  #tables = 0;
  #text = '';

  constructor(objects: ReadonlyMap<string, string>) {
    this.#objects = objects;
  }

  readonly open = (element: XmlElement, path: readonly XmlElement[]): void => {
    const { name, attributes } = element;
    if (!this.#sheet) this.#styles.open(element, path);
    if (name === 'table' && this.#tables++ === 0) this.#openSheet(attributes);
    if (!this.#sheet) return;
    if (name === 'table-cell') this.#openCell(attributes);
    else if (!this.#drawings) this.#cell.open(element, path);
    if (DRAWINGS.has(name)) this.#drawings++;
    else if (name === 'object') this.#object(attributes.href);
    else if (name === 'p' || name === 'title' || name === 'desc') this.#text = '';
    else if (name === 's' || name === 'tab') this.#text += ' ';
  };

  readonly text = (text: string, path: readonly XmlElement[]): void => {
    if (this.#drawings) this.#text += text;
    else if (this.#sheet) this.#cell.text(text, path);
  };

  readonly close = (element: XmlElement): void => {
    const { name, attributes } = element;
    if (name === 'table' && --this.#tables === 0) this.#sheet = null;
    if (!this.#sheet) return this.#styles.close(element);
    if (!this.#drawings) this.#cell.close(name);
    if (name === 'table-row') {
      this.#row += repetitions(attributes['number-rows-repeated']);
      this.#column = 0;
    } else if (name === 'table-cell' || name === 'covered-table-cell') {
      const raised = this.#cell.end();
      if (raised !== null) this.#sheet.raised.set(`${this.#row},${this.#column}`, raised);
      this.#column += repetitions(attributes['number-columns-repeated']);
    }
    if (DRAWINGS.has(name)) this.#drawings--;
    else if (this.#drawings && (name === 'p' || name === 'title' || name === 'desc')) {
      const line = this.#text.replace(/\s+/g, ' ').trim();
      if (line) this.#sheet.lines.push(line);
      this.#text = '';
    }
  };

  #openSheet(attributes: XmlElement['attributes']): void {
    const isHidden = this.#styles.isHidden(attributes['style-name']);
    this.#sheet = { isHidden, withoutValue: 0, raised: new Map(), lines: [], missing: [] };
    this.#row = 0;
    this.#column = 0;
    this.sheets.set(attributes.name ?? '', this.#sheet);
  }

  #openCell(attributes: XmlElement['attributes']): void {
    const isOpen = attributes.formula !== undefined && attributes['value-type'] === undefined;
    if (isOpen) this.#sheet!.withoutValue += repetitions(attributes['number-columns-repeated']);
  }

  #object(reference: string | undefined): void {
    if (reference === undefined) return;
    const text = this.#objects.get(folderName(reference));
    if (text === undefined) this.#sheet?.missing.push(fileName(reference));
    else this.#sheet?.lines.push(...text.split('\n').filter(Boolean));
  }
}

/** The text of a cell, if it has raised or lowered characters. */
class CellText {
  readonly #styles: OpenDocumentStyles;
  #blocks = new Blocks();
  #raisedText = new RaisedText(this.#blocks);
  readonly #spans: string[] = [];
  #isRaised = false;

  constructor(styles: OpenDocumentStyles) {
    this.#styles = styles;
  }

  open({ name, attributes }: XmlElement, path: readonly XmlElement[]): void {
    if (!isInCell(path)) return;
    if (name === 'span') this.#spans.push(attributes['style-name'] ?? '');
    else if (/^(s|tab|line-break)$/.test(name)) this.#raisedText.add(' ', 0);
  }

  text(text: string, path: readonly XmlElement[]): void {
    if (!isInCell(path)) return;
    const raise = this.#spans.length ? this.#styles.text(this.#spans.at(-1)!).raise ?? 0 : 0;
    this.#isRaised ||= raise !== 0;
    this.#raisedText.add(text, raise);
  }

  close(name: string): void {
    if (name === 'span') this.#spans.pop();
    else if (name === 'p') {
      this.#raisedText.set(0);
      this.#blocks.endParagraph('', 'line');
    }
  }

  /** Null for a text without raised or lowered characters. */
  end(): string | null {
    const text = this.#isRaised ? this.#blocks.end() : null;
    this.#blocks = new Blocks();
    this.#raisedText = new RaisedText(this.#blocks);
    this.#spans.length = 0;
    this.#isRaised = false;
    return text;
  }
}

/** True in a paragraph of a cell, unless it belongs to a comment on it. */
function isInCell(path: readonly XmlElement[]): boolean {
  return path.some(({ name }) => name === 'p') && !path.some(({ name }) => name === 'annotation');
}

function repetitions(count: string | undefined): number {
  return Math.max(1, Number(count) || 1);
}
