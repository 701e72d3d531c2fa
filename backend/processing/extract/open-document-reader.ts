/**
 * Walks through the styles and the content of an OpenDocument text or presentation and writes the
 * visible text.
 *
 * @module
 */
import { Blocks } from './blocks.ts';
import { commentHeading } from './docx-notes.ts';
import { slidePiece } from './hidden.ts';
import { MathReader } from './mathml.ts';
import {
  fileName,
  folderName,
  FURNITURE,
  isDescription,
  isOnSlide,
  isRegion,
  isShape,
  isSkipped,
  isTitle,
  spaceOf,
} from './open-document-elements.ts';
import { OpenDocumentLists } from './open-document-lists.ts';
import { LevelNumbers, OpenDocumentStyles } from './open-document-styles.ts';
import { RaisedText } from './raised-text.ts';
import { shownIn } from './symbol-fonts.ts';
import type { Piece } from './walk.ts';
import type { XmlElement } from './xml.ts';

/** State saved while content inside of a paragraph is read. */
interface Aside {
  readonly text: string;
  readonly lists: OpenDocumentLists;
}

export class OpenDocumentReader {
  readonly slides: Piece[] = [];
  /** Headers and footers of pages, each text once. */
  readonly furniture = { header: new Set<string>(), footer: new Set<string>() };
  /** Names of unreadable objects. */
  readonly missing: string[] = [];
  readonly #objects: ReadonlyMap<string, string>;
  readonly #styles = new OpenDocumentStyles();
  readonly #headings = new LevelNumbers();
  blocks = new Blocks();
  #raised = new RaisedText(this.blocks);
  #lists = new OpenDocumentLists(this.#styles);
  readonly #aside: Aside[] = [];
  /** Styles of the spans that are open. */
  readonly #spans: string[] = [];
  #math: MathReader | null = null;
  #title = '';
  #isHidden = false;
  /** Prefix of the first line of a slide's notes. */
  #notesMark = '';
  #author: string | null = null;
  #ruby = '';
  #description = '';
  /** Depth of elements whose text is read. */
  #reading = 0;
  #skipping = 0;

  /** @param objects text of charts and formulas by the name of their folder */
  constructor(objects: ReadonlyMap<string, string> = new Map()) {
    this.#objects = objects;
  }

  readonly open = (element: XmlElement, path: readonly XmlElement[]): void => {
    const { name, attributes } = element;
    if (isSkipped(element)) this.#skipping++;
    if (this.#skipping) return;
    if (this.#math) return this.#math.open(element);
    if (isRegion(element, path)) this.#openRegion(name);
    if (!this.#reading) return this.#styles.open(element, path);
    switch (name) {
      case 'page':
        return this.#openSlide(attributes['style-name']);
      case 'p':
      case 'h':
        return this.#openParagraph();
      case 'table':
        return this.blocks.openTable();
      case 'list':
        return this.#lists.open(attributes);
      case 'list-item':
      case 'list-header':
        return this.#lists.openItem(name, attributes);
      case 'span':
        return void this.#spans.push(attributes['style-name'] ?? '');
      case 's':
      case 'tab':
      case 'line-break':
        return this.#add(spaceOf(element));
      case 'note':
        this.#raised.set(0);
        return this.blocks.add(' (');
      case 'notes':
        this.#notesMark = 'Notes: ';
        return;
      case 'annotation':
        this.#author = '';
        return this.#setAside();
      case 'ruby-text':
        return this.#setAside();
      case 'math':
        this.#raised.set(0);
        this.#math = new MathReader();
        return;
      case 'title':
      case 'desc':
        if (isDescription([...path, element])) this.#description = '';
        return;
      case 'object':
        return this.#object(attributes.href);
      case 'object-ole':
        this.missing.push(fileName(attributes.href));
    }
    if (isShape(name)) this.#setAside();
  };

  readonly text = (text: string, path: readonly XmlElement[]): void => {
    if (this.#skipping || !this.#reading) return;
    if (this.#math) return this.#math.text(text);
    if (isDescription(path)) this.#description += text;
    else if (path.at(-2)?.name === 'annotation') {
      if (path.at(-1)?.name === 'creator' && this.#author !== null) this.#author += text;
      else if (path.at(-1)?.name === 'p') this.#add(text.replace(/\s+/g, ' '));
      return;
    }
    if (isDescription(path) || !path.some(({ name }) => name === 'p' || name === 'h')) return;
    this.#add(text.replace(/\s+/g, ' '));
    if (isTitle(path)) this.#title += text;
  };

  readonly close = (element: XmlElement, path: readonly XmlElement[]): void => {
    if (isSkipped(element)) {
      this.#skipping--;
      return;
    }
    if (this.#skipping) return;
    const { name, attributes } = element;
    if (this.#math) return this.#closeMath(name);
    if (isRegion(element, path)) return this.#closeRegion(name);
    if (!this.#reading) return this.#styles.close(element);
    switch (name) {
      case 'h':
        return this.#closeHeading(attributes);
      case 'p':
        return this.#closeParagraph(path);
      case 'span':
        return void this.#spans.pop();
      case 'note':
        this.#raised.set(0);
        return this.blocks.add(')');
      case 'list':
        return this.#lists.close();
      case 'list-item':
      case 'list-header':
        return this.#lists.closeItem();
      case 'table-cell':
        return this.blocks.closeCell({
          columns: Number(attributes['number-columns-spanned']) || 1,
          rows: Number(attributes['number-rows-spanned']) || 1,
        });
      case 'table-row':
        return this.blocks.closeRow();
      case 'table':
        return this.blocks.closeTable();
      case 'annotation':
        this.#author = null;
        return this.#goOn();
      case 'ruby-text':
        this.#raised.set(0);
        this.#ruby = this.blocks.suspend().trim();
        return this.#goOn();
      case 'ruby':
        if (this.#ruby) this.blocks.add(`(${this.#ruby})`);
        this.#ruby = '';
        return;
      case 'title':
      case 'desc':
        if (isDescription([...path, element])) this.#insert(this.#description.trim(), path);
        return;
      case 'page':
        return this.#closeSlide();
    }
    if (isShape(name)) this.#goOn();
  };

  #add(text: string): void {
    const style = this.#spans.length ? this.#styles.text(this.#spans.at(-1)!) : {};
    this.#raised.add(style.symbolFont ? shownIn(style.symbolFont, text) : text, style.raise ?? 0);
  }

  #openParagraph(): void {
    if (this.#author === null) return;
    this.blocks.add(commentHeading(this.#author));
    this.#author = null;
  }

  #closeHeading(attributes: XmlElement['attributes']): void {
    this.#raised.set(0);
    const level = Math.max(1, Math.min(Number(attributes['outline-level']) || 1, 10));
    const inList = this.#lists.mark();
    const isNumbered = attributes['is-list-header'] !== 'true' && this.#styles.outline.length > 0 &&
      !this.blocks.isBlank;
    const number = inList?.text ||
      (isNumbered ? this.#headings.next(this.#styles.outline, level - 1) : null);
    if (number?.trim()) this.blocks.rewrite(0, (_, text) => `${number.trim()} ${text.trimStart()}`);
    this.blocks.heading(level);
  }

  /** Notes are in the middle of their paragraph. */
  #closeParagraph(path: readonly XmlElement[]): void {
    this.#raised.set(0);
    if (path.some(({ name }) => name === 'note')) return this.blocks.add(' ');
    if (path.at(-1)?.name === 'ruby-text') return;
    const mark = this.#lists.mark();
    if (mark) this.blocks.item(mark.depth, mark.text || '-');
    else if (isOnSlide(path)) this.#closeSlideLine();
    else this.blocks.endParagraph();
  }

  #closeSlideLine(): void {
    if (this.blocks.isBlank) return;
    this.blocks.endParagraph(this.#notesMark, this.#notesMark ? 'paragraph' : 'line');
    this.#notesMark = '';
  }

  #closeMath(name: string): void {
    if (name !== 'math') return this.#math?.close();
    this.blocks.add(this.#math?.end() ?? '');
    this.#math = null;
  }

  #object(reference: string | undefined): void {
    if (reference === undefined) return;
    const text = this.#objects.get(folderName(reference));
    if (text === undefined) this.missing.push(fileName(reference));
    // A formula is part of its line.
    else if (!text.includes('\n') && !text.includes(': ')) this.#add(text);
    else this.#insert(text, []);
  }

  /** Inserts lines before the open paragraph. */
  #insert(text: string, path: readonly XmlElement[]): void {
    this.#raised.set(0);
    const open = this.blocks.suspend();
    this.blocks.add(text);
    if (isOnSlide(path)) this.blocks.endParagraph('', 'line');
    else this.blocks.preformatted();
    this.blocks.resume(open);
  }

  #setAside(): void {
    this.#raised.set(0);
    this.#aside.push({ text: this.blocks.suspend(), lists: this.#lists });
    this.#lists = new OpenDocumentLists(this.#styles);
  }

  #goOn(): void {
    this.#raised.set(0);
    const aside = this.#aside.pop();
    if (!aside) return;
    this.blocks.resume(aside.text);
    this.#lists = aside.lists;
  }

  #openRegion(name: string): void {
    this.#reading++;
    if (FURNITURE.test(name)) this.#begin();
  }

  #closeRegion(name: string): void {
    this.#reading--;
    if (!FURNITURE.test(name)) return;
    const text = this.blocks.end();
    if (text) this.furniture[name.startsWith('header') ? 'header' : 'footer'].add(text);
    this.#begin();
  }

  #begin(): void {
    this.blocks = new Blocks();
    this.#raised = new RaisedText(this.blocks);
  }

  #openSlide(style: string | undefined): void {
    this.#begin();
    this.#title = '';
    this.#notesMark = '';
    this.#isHidden = this.#styles.isHidden(style);
  }

  #closeSlide(): void {
    const title = this.#title.replace(/\s+/g, ' ').trim().slice(0, 200);
    this.slides.push(slidePiece(title, this.blocks.end(), this.#isHidden));
  }
}
