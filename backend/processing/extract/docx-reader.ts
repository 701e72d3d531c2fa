/**
 * Walks through the parts of a Word document and writes the visible text.
 *
 * @module
 */
import { Blocks } from './blocks.ts';
import {
  characterProperty,
  type CharacterStyle,
  type ParagraphStyle,
  type Styles,
} from './docx-styles.ts';
import { FormField, type Section, SectionReader } from './docx-fields.ts';
import { DocxNotes } from './docx-notes.ts';
import { OfficeMathReader } from './office-math.ts';
import { RaisedText } from './raised-text.ts';
import { shownIn, symbol } from './symbol-fonts.ts';
import { levelNumber, type WordNumbering } from './word-numbering.ts';
import { walkXml, type XmlElement } from './xml.ts';

/**
 * Elements whose text was deleted, moved away, is older formatting, or has another form beside it.
 */
const SKIPPED = new Set([
  ...['del', 'moveFrom', 'Fallback', 'pPrChange', 'rPrChange', 'sectPrChange', 'tblPrChange'],
  ...['tblPrExChange', 'tcPrChange', 'trPrChange', 'numberingChange', 'instrText'],
]);

interface Paragraph extends ParagraphStyle {
  /** Its end was deleted: it is part of the next one. */
  isDeleted?: boolean;
}

interface OpenCell {
  columns: number;
  continued: boolean;
}

export interface WordContext {
  readonly styles: Styles;
  readonly numbering: WordNumbering;
  readonly notes: DocxNotes;
}

export class WordReader {
  readonly blocks = new Blocks();
  readonly sections: Section[] = [];
  readonly #context: WordContext;
  readonly #raised = new RaisedText(this.blocks);
  /** Properties of each paragraph that is open. */
  readonly #paragraphs: Paragraph[] = [];
  readonly #cells: OpenCell[] = [];
  /** Paragraphs around text boxes, up to the box. */
  readonly #suspended: string[] = [];
  /** Text of charts, diagrams and inserted documents, by the id of their relationship. */
  #embedded: ReadonlyMap<string, string> = new Map();
  #run: CharacterStyle = {};
  #alternatives = new Set<string>();
  #math: OfficeMathReader | null = null;
  #field: FormField | null = null;
  #section: SectionReader | null = null;
  #ruby = '';
  #skipping = 0;

  constructor(context: WordContext) {
    this.#context = context;
  }

  /** @param embedded text of charts, diagrams and inserted documents by the id of their relationship */
  read(xml: string, embedded: ReadonlyMap<string, string> = new Map()): void {
    this.#embedded = embedded;
    walkXml(xml, {
      open: (element, path) => this.#open(element, path),
      text: (text, path) => this.#text(text, path),
      close: (element) => this.#close(element),
    });
    this.blocks.endParagraph();
  }

  #open(element: XmlElement, path: readonly XmlElement[]): void {
    const { name, attributes } = element;
    const parent = path.at(-1)?.name;
    if (name === 'del' && parent === 'rPr' && path.at(-2)?.name === 'pPr') this.#deleteEnd();
    if (this.#isSkipped(element)) this.#skipping++;
    if (this.#skipping) return this.#context.notes.skipReference(element);
    if (this.#math) return this.#math.open(element);
    if (parent === 'rPr' && path.at(-2)?.name === 'r') return this.#runProperty(name, attributes);
    if (parent === 'pPr' || parent === 'numPr') this.#property(name, attributes.val);
    this.#section?.open(element);
    this.#field?.open(element);
    if (parent === 'r' && this.#openInRun(element)) return;
    switch (name) {
      case 'p':
        return this.#openParagraph();
      case 'r':
        this.#run = {};
        return;
      case 'tbl':
        return this.blocks.openTable();
      case 'tc':
        return void this.#cells.push({ columns: 1, continued: false });
      case 'gridSpan':
      case 'vMerge':
        return this.#cellProperty(name, attributes.val);
      case 'oMath':
        this.#raised.set(0);
        this.#math = new OfficeMathReader();
        return;
      case 'sectPr':
        this.#section = new SectionReader();
        return;
      case 'ffData':
        this.#field = new FormField();
        return;
      case 'rt':
      case 'txbxContent':
        this.#raised.set(0);
        return void this.#suspended.push(this.blocks.suspend());
      case 'footnote':
      case 'endnote':
      case 'comment':
        return this.blocks.add(this.#context.notes.heading(element));
    }
    this.#openDrawing(element, parent);
  }

  /** True if the element is fully handled. */
  #openInRun({ name, attributes }: XmlElement): boolean {
    const text = name === 'tab' || name === 'ptab'
      ? '\t'
      : name === 'br' || name === 'cr'
      ? '\n'
      : name === 'noBreakHyphen'
      ? '-'
      : name === 'sym'
      ? symbol(Number.parseInt(attributes.char ?? '', 16), attributes.font ?? '')
      : null;
    if (text !== null) this.#add(text);
    else if (name === 'footnoteReference' || name === 'endnoteReference') {
      this.#raised.set(0);
      this.blocks.add(`[${this.#context.notes.mark(name, attributes.id ?? '')}]`);
    } else return false;
    return true;
  }

  #openDrawing({ name, attributes }: XmlElement, parent: string | undefined): void {
    if (name === 'drawing' || name === 'pict') this.#alternatives = new Set();
    else if (name === 'docPr' || name === 'cNvPr') {
      this.#alternative(attributes.descr || attributes.title, parent === 'inline');
    } else if (name === 'textpath') this.#insert(attributes.string ?? '');
    else if (name === 'chart' || name === 'altChunk' || name === 'relIds') {
      this.#insert(
        this.#embedded.get((name === 'relIds' ? attributes.dm : attributes.id) ?? '') ?? '',
      );
    } else if (attributes.alt) this.#alternative(attributes.alt, false);
  }

  /** Alternative text of a picture: in its line, or before the paragraph beside which it floats. */
  #alternative(text: string | undefined, isInline: boolean): void {
    if (!text?.trim() || this.#alternatives.has(text)) return;
    this.#alternatives.add(text);
    if (isInline) this.#add(` ${text} `);
    else this.#insert(text);
  }

  /** Inserts a paragraph before the open one. */
  #insert(text: string): void {
    this.#raised.set(0);
    const open = this.blocks.suspend();
    this.blocks.add(text);
    this.blocks.preformatted();
    this.blocks.resume(open);
  }

  #openParagraph(): void {
    if (this.#paragraphs.length) this.blocks.endParagraph();
    this.#paragraphs.push({});
  }

  #deleteEnd(): void {
    const paragraph = this.#paragraphs.at(-1);
    if (paragraph) paragraph.isDeleted = true;
  }

  #runProperty(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'rStyle') {
      const style = this.#context.styles.characters.get(attributes.val ?? '');
      this.#run = { ...style, ...this.#run };
    } else characterProperty(this.#run, name, attributes);
  }

  /** Direct formatting overrides that of the style. */
  #property(name: string, value: string | undefined): void {
    const paragraph = this.#paragraphs.at(-1);
    if (!paragraph) return;
    if (name === 'pStyle') {
      const style = this.#context.styles.paragraphs.get(value ?? '');
      Object.assign(paragraph, { ...style, ...paragraph });
    } else if (name === 'outlineLvl') paragraph.outline = Number(value);
    else if (name === 'ilvl') {
      Object.assign(paragraph, { level: levelNumber(value), listStyle: '' });
    } else if (name === 'numId') Object.assign(paragraph, { list: value, listStyle: '' });
  }

  #cellProperty(name: 'gridSpan' | 'vMerge', value: string | undefined): void {
    const cell = this.#cells.at(-1);
    if (!cell) return;
    if (name === 'vMerge') cell.continued = value !== 'restart';
    else cell.columns = Math.max(1, Number(value) || 1);
  }

  #text(text: string, path: readonly XmlElement[]): void {
    if (this.#skipping || path.at(-1)?.name !== 't') return;
    if (this.#math) this.#math.text(text);
    else this.#add(this.#run.symbolFont ? shownIn(this.#run.symbolFont, text) : text);
  }

  #add(text: string): void {
    this.#raised.add(text, this.#run.raise ?? 0);
  }

  #close(element: XmlElement): void {
    if (this.#isSkipped(element)) {
      this.#skipping--;
      return;
    }
    if (this.#skipping) return;
    const { name } = element;
    if (this.#math && name !== 'oMath') return this.#math.close();
    switch (name) {
      case 'p':
        return this.#closeParagraph(this.#paragraphs.pop() ?? {});
      case 'r':
        this.#run = {};
        return;
      case 'tc':
        return this.blocks.closeCell(this.#cells.pop());
      case 'tr':
        return this.blocks.closeRow();
      case 'tbl':
        return this.blocks.closeTable();
      case 'oMath':
        this.blocks.add(this.#math?.end() ?? '');
        this.#math = null;
        return;
      case 'sectPr':
        if (this.#section) this.sections.push(this.#section.section);
        this.#section = null;
        return;
      case 'ffData':
        this.blocks.add(this.#field?.text() ?? '');
        this.#field = null;
        return;
      case 'rt':
        this.#raised.set(0);
        this.#ruby = this.blocks.suspend();
        return this.blocks.resume(this.#suspended.pop() ?? '');
      case 'ruby':
        if (this.#ruby.trim()) this.blocks.add(`(${this.#ruby.trim()})`);
        this.#ruby = '';
        return;
      case 'txbxContent':
        this.#raised.set(0);
        return this.blocks.resume(this.#suspended.pop() ?? '');
    }
  }

  /** Outline levels count from 0; 9 is body text (ECMA-376 17.3.1.20). */
  #closeParagraph(paragraph: Paragraph): void {
    this.#raised.set(0);
    const { outline = 9, isDeleted } = paragraph;
    // Text whose end was deleted continues in the next paragraph.
    if (isDeleted && !this.#paragraphs.length) return;
    const mark = this.#markOf(paragraph);
    const number = mark?.isBullet ? '' : mark?.text ?? '';
    if (outline < 9) {
      if (number) this.blocks.rewrite(0, (_, text) => `${number} ${text.trimStart()}`);
      this.blocks.heading(outline + 1);
    } else if (mark && (mark.isBullet || number)) {
      this.blocks.item(paragraph.level ?? 0, number || '-');
    } else this.blocks.endParagraph();
  }

  #markOf({ list, level, listStyle }: Paragraph): { text: string; isBullet: boolean } | null {
    if (list === undefined ? level === undefined : list === '0') return null;
    const { numbering } = this.#context;
    const ofStyle = listStyle && level === undefined
      ? numbering.levelOfStyle(list ?? '', listStyle)
      : null;
    // A list without a definition is still a list.
    return numbering.next(list ?? '', ofStyle ?? level ?? 0) ?? { text: '', isBullet: true };
  }

  #isSkipped(element: XmlElement): boolean {
    return SKIPPED.has(element.name) || this.#context.notes.isHidden(element);
  }
}
