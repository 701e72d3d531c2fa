/**
 * Shapes of a slide or a sheet (DrawingML, ECMA-376 part 1, 20 and 21): their text line by line,
 * tables row by row, and the alternative texts of pictures.
 *
 * @module
 */
import { Blocks } from './blocks.ts';
import { formatNumber } from './list-numbers.ts';
import { OfficeMathReader } from './office-math.ts';
import { type Raise, RaisedText } from './raised-text.ts';
import { isSymbolFont, shownIn } from './symbol-fonts.ts';
import { walkXml, type XmlElement } from './xml.ts';

/**
 * Placeholders that repeat on every slide; the number and the picture of a slide are no text of it.
 */
const FURNITURE = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg']);
const REPEATED_TEXT = new Set(['dt', 'ftr', 'hdr']);
const MAX_TITLE = 200;

export interface Shapes {
  readonly title: string;
  readonly text: string;
  /** Lines of headers, footers and dates. */
  readonly repeated: readonly string[];
}

export interface ShapeOptions {
  /** Text of charts and diagrams by the id of their relationship. @default none */
  readonly embedded?: ReadonlyMap<string, string>;
  /** Omits placeholders for the text of slides, which contain only a prompt. @default false */
  readonly isLayout?: boolean;
}

export function readShapes(xml: string, options: ShapeOptions = {}): Shapes {
  const reader = new ShapeReader(options);
  walkXml(xml, {
    open: (element, path) => reader.open(element, path),
    text: (text, path) => reader.text(text, path),
    close: (element) => reader.close(element),
  });
  return reader.end();
}

class ShapeReader {
  readonly #blocks = new Blocks();
  readonly #raised = new RaisedText(this.#blocks);
  readonly #embedded: ReadonlyMap<string, string>;
  readonly #isLayout: boolean;
  readonly #titles: string[] = [];
  readonly #repeated: string[] = [];
  #numbers = new ListNumbers();
  #placeholder = '';
  #level = 0;
  #numbering: XmlElement | null = null;
  #raise: Raise = 0;
  #symbolFont = '';
  #math: OfficeMathReader | null = null;
  #span = { columns: 1, rows: 1 };
  #skipping = 0;

  constructor({ embedded = new Map(), isLayout = false }: ShapeOptions) {
    this.#embedded = embedded;
    this.#isLayout = isLayout;
  }

  open(element: XmlElement, path: readonly XmlElement[]): void {
    const { name, attributes } = element;
    if (isSkipped(element)) this.#skipping++;
    if (this.#skipping) return;
    if (this.#math) return this.#math.open(element);
    switch (name) {
      case 'sp':
      case 'graphicFrame':
      case 'pic':
        this.#placeholder = '';
        return;
      case 'cNvPr':
        return this.#lines(attributes.descr || attributes.title || '');
      case 'ph':
        this.#placeholder = attributes.type ?? 'body';
        return;
      case 'txBody':
        this.#numbers = new ListNumbers();
        return;
      case 'p':
        this.#level = 0;
        this.#numbering = null;
        return;
      case 'pPr':
        this.#level = Number(attributes.lvl) || 0;
        return;
      case 'buAutoNum':
        this.#numbering = element;
        return;
      case 'r':
      case 'fld':
        this.#raise = 0;
        this.#symbolFont = '';
        return;
      case 'rPr':
        this.#raise = Math.sign(Number.parseFloat(attributes.baseline ?? '') || 0) as Raise;
        return;
      case 'sym':
      case 'latin':
        return this.#font(attributes.typeface ?? '', path);
      case 'br':
        return this.#blocks.add('\n');
      case 'oMath':
        this.#raised.set(0);
        this.#math = new OfficeMathReader();
        return;
      case 'chart':
      case 'relIds':
        return this.#lines(
          this.#embedded.get((name === 'chart' ? attributes.id : attributes.dm) ?? '') ?? '',
        );
      case 'tbl':
        return this.#blocks.openTable();
      case 'tc':
        this.#span = {
          columns: Math.max(1, Number(attributes.gridSpan) || 1),
          rows: Math.max(1, Number(attributes.rowSpan) || 1),
        };
    }
  }

  text(text: string, path: readonly XmlElement[]): void {
    if (this.#skipping || path.at(-1)?.name !== 't') return;
    if (this.#math) return this.#math.text(text);
    this.#raised.add(shownIn(this.#symbolFont, text), this.#raise);
  }

  close(element: XmlElement): void {
    if (isSkipped(element)) {
      this.#skipping--;
      return;
    }
    if (this.#skipping) return;
    if (this.#math && element.name !== 'oMath') return this.#math.close();
    switch (element.name) {
      case 'p':
        return this.#closeParagraph();
      case 'r':
      case 'fld':
        this.#raise = 0;
        this.#symbolFont = '';
        return;
      case 'oMath':
        this.#blocks.add(this.#math?.end() ?? '');
        this.#math = null;
        return;
      case 'tc':
        return this.#blocks.closeCell(this.#span);
      case 'tr':
        return this.#blocks.closeRow();
      case 'tbl':
        return this.#blocks.closeTable();
    }
  }

  /** The title comes first, at any position among the shapes. */
  end(): Shapes {
    const title = this.#titles.join(' ').replace(/\s+/g, ' ').trim().slice(0, MAX_TITLE);
    const text = [...this.#titles, this.#blocks.end()].filter(Boolean).join('\n');
    return { title, text, repeated: this.#repeated };
  }

  #font(typeface: string, path: readonly XmlElement[]): void {
    if (path.at(-1)?.name === 'rPr' && isSymbolFont(typeface)) this.#symbolFont = typeface;
  }

  #closeParagraph(): void {
    this.#raised.set(0);
    if (this.#isLayout && this.#placeholder) this.#blocks.suspend();
    else if (FURNITURE.has(this.#placeholder)) {
      const line = this.#blocks.suspend().trim();
      if (line && REPEATED_TEXT.has(this.#placeholder)) this.#repeated.push(line);
    } else if (/^(title|ctrTitle)$/.test(this.#placeholder)) {
      const line = this.#blocks.suspend().replace(/[ \t]+/g, ' ').trim();
      if (line) this.#titles.push(line);
    } else {
      const mark = this.#blocks.isBlank ? '' : this.#numbers.next(this.#level, this.#numbering);
      this.#blocks.endParagraph(mark, 'line');
    }
  }

  #lines(text: string): void {
    const open = this.#blocks.suspend();
    for (const line of text.split('\n')) {
      this.#blocks.add(line);
      this.#blocks.endParagraph('', 'line');
    }
    this.#blocks.resume(open);
  }
}

/** True for an alternative form of an adjacent element, and for cells that are part of another. */
function isSkipped({ name, attributes }: XmlElement): boolean {
  const isOn = (value: string | undefined) => value === '1' || value === 'true';
  return name === 'Fallback' ||
    name === 'tc' && (isOn(attributes.hMerge) || isOn(attributes.vMerge));
}

/** Numbers of the lists in one text body. */
class ListNumbers {
  readonly #levels: { type: string; number: number }[] = [];

  next(level: number, numbering: XmlElement | null): string {
    this.#levels.length = Math.min(this.#levels.length, level + 1);
    if (numbering === null) {
      this.#levels.length = Math.min(this.#levels.length, level);
      return '';
    }
    const type = numbering.attributes.type ?? 'arabicPeriod';
    const before = this.#levels[level];
    const number = before?.type === type
      ? before.number + 1
      : Number(numbering.attributes.startAt) || 1;
    if (level < 9) this.#levels[level] = { type, number };
    return `${markOf(type, number)} `;
  }
}

/** The mark of `ST_TextAutonumberScheme` (20.1.10.61). */
function markOf(type: string, number: number): string {
  const format = /^alphaLc/.test(type)
    ? 'lowerLetter'
    : /^alphaUc/.test(type)
    ? 'upperLetter'
    : /^romanLc/.test(type)
    ? 'lowerRoman'
    : /^romanUc/.test(type)
    ? 'upperRoman'
    : /^circleNum/.test(type)
    ? 'decimalEnclosedCircle'
    : 'decimal';
  const text = formatNumber(number, format);
  if (/ParenBoth$/.test(type)) return `(${text})`;
  return text + (/ParenR$/.test(type) ? ')' : /Period$/.test(type) ? '.' : '');
}
