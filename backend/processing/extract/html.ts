/**
 * HTML to readable text: headings, lists, tables; never scripts, styles or remote content. Text
 * without a heading is labelled with the title of the page.
 *
 * @module
 */
import { Parser } from 'htmlparser2';
import type { Processor } from '../processor.ts';
import { Blocks } from './blocks.ts';
import { emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { MathReader } from './mathml.ts';
import { listMark } from './list-mark.ts';
import { lowered, raised } from './raised.ts';
import { labelledSections, type LabelledText } from './sections.ts';
import { DepthLimit } from './depth-limit.ts';
import { cleanText, decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';
import { SVG } from './xml-type.ts';

const MAX_BYTES = 64 * 1024 * 1024;
/** Maximum depth of elements. It is generous, because elements that are never closed count. */
const MAX_DEPTH = 60_000;

const SKIPPED = new Set(
  ['script', 'style', 'template', 'iframe', 'object', 'noscript', 'metadata', 'defs', 'rp'],
);
const LISTS = new Set(['ul', 'ol', 'menu']);
const ROW_GROUPS = new Set(['thead', 'tbody', 'tfoot']);
const BLOCK_ELEMENTS = new Set(
  ('address article aside blockquote body center dd details dialog div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol option p pre ' +
    'section summary ul menu caption').split(' '),
);

export const htmlProcessor: Processor = {
  id: 'html',
  version: 3,
  step: 'extract',
  mediaTypes: ['text/html', 'application/xhtml+xml', SVG],
  async *process({ path, name, mediaType, checkpoint }, signal) {
    const source = decodeText(await readWhole(path, 'web_page', MAX_BYTES));
    const { title, chapters } = readHtml(source, mediaType === SVG || isXhtml(name, source));
    const sections = labelledSections(chapters).map((section) => ({
      ...section,
      label: section.label ?? title,
    }));
    const units = sectionUnits(sections, () => emptyText('web_page'));
    yield* walk(units, checkpoint, signal);
  },
};

/**
 * True for pages of programs that make XHTML: they close empty elements as XML does, which HTML
 * does not allow.
 */
function isXhtml(name: string, source: string): boolean {
  return /\.xht(ml)?$/i.test(name) || /^\s*<\?xml\s/.test(source);
}

/** Text of a page in one piece, and its `<title>`. */
export function htmlToText(html: string): { title: string | null; text: string } {
  const { title, chapters } = readHtml(html);
  return { title, text: chapters.map(({ text }) => text).join('') };
}

/**
 * Text of a page by its headings, and its `<title>`.
 *
 * @param isXml by the rules of XML: `<script/>` is whole, and names may have a prefix
 */
export function readHtml(
  html: string,
  isXml = false,
): { title: string | null; chapters: LabelledText[] } {
  const reader = new HtmlReader();
  const depth = new DepthLimit(MAX_DEPTH);
  const nameOf = (name: string) => isXml ? name.slice(name.indexOf(':') + 1) : name;
  const parser = new Parser({
    onopentag(name, attributes) {
      depth.open();
      reader.open(nameOf(name), attributes);
    },
    ontext: (text) => reader.text(text),
    onclosetag(name) {
      depth.close();
      reader.close(nameOf(name));
    },
  }, { recognizeSelfClosing: isXml, recognizeCDATA: isXml });
  parser.end(isXml ? html.replace(INTERNAL_SUBSET, '') : html);
  return { title: reader.title || null, chapters: reader.blocks.chapters() };
}

/** Declarations inside of a document type, which an HTML parser takes for text. */
const INTERNAL_SUBSET = /<!DOCTYPE[^<>[]*\[[^\]]*\]\s*>/i;

/** Number of the first item; 1 if the attribute is no integer. */
function startOf(attribute: string | undefined): number {
  return integer(attribute) ?? 1;
}

function integer(attribute: string | undefined): number | null {
  const number = Number.parseInt(attribute ?? '', 10);
  return Number.isNaN(number) ? null : number;
}

/** `rowspan="0"` reaches to the end of the group of rows. */
function spanOf({ colspan, rowspan }: Record<string, string>): { columns: number; rows: number } {
  const rows = integer(rowspan) ?? 1;
  return { columns: Math.max(1, integer(colspan) ?? 1), rows: rows === 0 ? Infinity : rows };
}

interface OpenList {
  /** Number of the next item; null for bullets. */
  next: number | null;
  readonly step: number;
  readonly type: string;
}

class HtmlReader {
  readonly blocks = new Blocks();
  readonly #lists: OpenList[] = [];
  /** Spans of open cells. */
  readonly #spans: { columns: number; rows: number }[] = [];
  /** Positions at which open raised and lowered text begins. */
  readonly #scripts: number[] = [];
  #math: MathReader | null = null;
  #title = '';
  #inTitle = false;
  #drawings = 0;
  #skipping = 0;
  #preformatted = 0;
  #itemMark: string | null = null;
  /** True right after raised or lowered text: a digit behind it begins another number. */
  #behindScript = false;

  get title(): string {
    return cleanText(this.#title).replace(/\s+/g, ' ').trim();
  }

  open(name: string, attributes: Record<string, string>): void {
    if (SKIPPED.has(name)) this.#skipping++;
    if (this.#skipping) return;
    if (this.#math) return this.#math.open({ name, attributes });
    if (BLOCK_ELEMENTS.has(name)) this.#endBlock();
    if (name === 'title' && this.#drawings === 0) this.#inTitle = true;
    else if (name === 'math') this.#math = new MathReader();
    else if (name === 'svg') this.#drawings++;
    else if (name === 'sup' || name === 'sub') this.#scripts.push(this.blocks.length);
    else if (name === 'br') this.blocks.add('\n');
    else if (name === 'pre') this.#preformatted++;
    else if (name === 'table') this.#openTable();
    else if (name === 'td' || name === 'th') this.#spans.push(spanOf(attributes));
    else if (name === 'rt') this.blocks.add('(');
    else if (name === 'img' && attributes.alt) this.blocks.add(` ${attributes.alt} `);
    else if (name === 'input' && isShown(attributes)) this.blocks.add(` ${attributes.value} `);
    else if (LISTS.has(name)) this.#openList(name, attributes);
    else if (name === 'li') this.#openItem(attributes);
  }

  text(text: string): void {
    if (this.#skipping) return;
    if (this.#math) this.#math.text(text);
    else if (this.#inTitle) this.#title += text;
    else {
      if (this.#behindScript && /^\p{N}/u.test(text)) this.blocks.add(' ');
      this.#behindScript = false;
      this.blocks.add(this.#preformatted ? text : text.replace(/\s+/g, ' '));
    }
  }

  close(name: string): void {
    if (SKIPPED.has(name)) this.#skipping = Math.max(0, this.#skipping - 1);
    if (this.#skipping) return;
    if (this.#math && name !== 'math') return this.#math.close();
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (name === 'title') this.#closeTitle();
    else if (name === 'math') this.#closeMath();
    else if (name === 'svg') this.#closeDrawing();
    else if (name === 'sup' || name === 'sub') this.#closeScript(name);
    else if (level) this.blocks.heading(Number(level));
    else if (name === 'text') this.#endLabel();
    else if (name === 'rt') this.blocks.add(')');
    else if (name === 'td' || name === 'th') this.blocks.closeCell(this.#spans.pop());
    else if (name === 'tr' || name === 'caption') this.blocks.closeRow();
    else if (ROW_GROUPS.has(name)) this.blocks.closeRowGroup();
    else if (name === 'table') this.blocks.closeTable();
    else if (BLOCK_ELEMENTS.has(name)) this.#endBlock();
    if (LISTS.has(name)) this.#lists.pop();
    if (name === 'li') this.#itemMark = null;
    if (name === 'pre') this.#preformatted = Math.max(0, this.#preformatted - 1);
  }

  #closeTitle(): void {
    if (this.#drawings > 0) this.#endLabel();
    this.#inTitle = false;
  }

  #closeMath(): void {
    const formula = this.#math?.end() ?? '';
    this.#math = null;
    if (formula) this.text(formula);
  }

  #closeDrawing(): void {
    this.#drawings = Math.max(0, this.#drawings - 1);
  }

  /** Labels of a drawing stand apart from each other. */
  #endLabel(): void {
    if (this.#drawings > 0) this.blocks.add('\n');
  }

  #closeScript(name: 'sup' | 'sub'): void {
    const from = this.#scripts.pop();
    if (from === undefined) return;
    this.blocks.rewrite(from, name === 'sup' ? raised : lowered);
    this.#behindScript = true;
  }

  #openTable(): void {
    this.#endBlock();
    this.blocks.openTable();
  }

  #openList(name: string, { start, type = '1', reversed }: Record<string, string>): void {
    const next = name === 'ol' ? startOf(start) : null;
    this.#lists.push({ next, step: reversed === undefined ? 1 : -1, type });
  }

  #openItem({ value }: Record<string, string>): void {
    const list = this.#lists.at(-1);
    if (!list || list.next === null) {
      this.#itemMark = '-';
      return;
    }
    const number = integer(value) ?? list.next;
    list.next = number + list.step;
    this.#itemMark = listMark(number, list.type);
  }

  /** Ends the open block; the first one of a list item carries its mark. */
  #endBlock(): void {
    this.#behindScript = false;
    if (this.#preformatted) return this.blocks.preformatted();
    if (this.#itemMark === null) return this.blocks.endParagraph();
    if (this.blocks.isBlank) return;
    this.blocks.item(this.#lists.length - 1, this.#itemMark);
    this.#itemMark = null;
  }
}

/** True if a form field has visible text. */
function isShown({ type = 'text', value }: Record<string, string>): boolean {
  return Boolean(value) && !/^(hidden|password|checkbox|radio|image|color|range)$/i.test(type);
}
