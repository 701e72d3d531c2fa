/**
 * HTML to readable text: headings, lists, tables; never scripts, styles or anything remote. What
 * stands under no heading is labelled with the title of the page.
 *
 * @module
 */
import { Parser } from 'htmlparser2';
import type { Processor } from '../processor.ts';
import { Blocks } from './blocks.ts';
import { emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { headedSections } from './sections.ts';
import { DepthLimit } from './depth-limit.ts';
import { cleanText, decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const MAX_BYTES = 64 * 1024 * 1024;
/** Elements inside each other. Elements that are never closed count, so that it is generous. */
const MAX_DEPTH = 60_000;

const SKIPPED = new Set(['script', 'style', 'template', 'svg', 'iframe', 'object', 'noscript']);
const LISTS = new Set(['ul', 'ol', 'menu']);
const BLOCK_ELEMENTS = new Set(
  ('address article aside blockquote body center dd details dialog div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol option p pre ' +
    'section summary ul menu caption').split(' '),
);

export const htmlProcessor: Processor = {
  id: 'html',
  version: 2,
  step: 'extract',
  mediaTypes: ['text/html', 'application/xhtml+xml'],
  async *process({ path, checkpoint }, signal) {
    const bytes = await readWhole(path, 'web page', MAX_BYTES);
    const { title, text } = htmlToText(decodeText(bytes, declaredEncoding(bytes)));
    const sections = headedSections(text).map((section) => ({
      ...section,
      label: section.label ?? title,
    }));
    const units = sectionUnits(sections, () => emptyText('web page'));
    yield* walk(units, checkpoint, signal);
  },
};

/** The `charset` of the first kilobyte (HTML Living Standard, prescan), or null. */
function declaredEncoding(bytes: Uint8Array): string | null {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  return /<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1] ??
    null;
}

/** Text of a page, and its `<title>`. */
export function htmlToText(html: string): { title: string | null; text: string } {
  const reader = new HtmlReader();
  const depth = new DepthLimit(MAX_DEPTH);
  const parser = new Parser({
    onopentag(name, attributes) {
      depth.open();
      reader.open(name, attributes);
    },
    ontext: (text) => reader.text(text),
    onclosetag(name) {
      depth.close();
      reader.close(name);
    },
  });
  parser.end(html);
  return { title: reader.title || null, text: reader.blocks.end() };
}

/** Number of the first item; 1 where the attribute is no integer. */
function startOf(attribute: string | undefined): number {
  const start = Number.parseInt(attribute ?? '', 10);
  return Number.isNaN(start) ? 1 : start;
}

class HtmlReader {
  readonly blocks = new Blocks();
  /** Number of the next item for each open list; null for bullets. */
  readonly #lists: (number | null)[] = [];
  #title = '';
  #inTitle = false;
  #skipping = 0;
  #preformatted = 0;
  #itemMark: string | null = null;

  get title(): string {
    return cleanText(this.#title).replace(/\s+/g, ' ').trim();
  }

  open(name: string, attributes: Record<string, string>): void {
    if (SKIPPED.has(name)) this.#skipping++;
    if (this.#skipping) return;
    if (BLOCK_ELEMENTS.has(name)) this.#endBlock();
    if (name === 'title') this.#inTitle = true;
    else if (name === 'br') this.blocks.add('\n');
    else if (name === 'pre') this.#preformatted++;
    else if (name === 'table') this.#openTable();
    else if (LISTS.has(name)) {
      this.#lists.push(name === 'ol' ? startOf(attributes.start) : null);
    } else if (name === 'li') this.#openItem();
  }

  text(text: string): void {
    if (this.#skipping) return;
    if (this.#inTitle) this.#title += text;
    else this.blocks.add(this.#preformatted ? text : text.replace(/\s+/g, ' '));
  }

  close(name: string): void {
    if (SKIPPED.has(name)) this.#skipping = Math.max(0, this.#skipping - 1);
    if (this.#skipping) return;
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (name === 'title') this.#inTitle = false;
    else if (level) this.blocks.heading(Number(level));
    else if (name === 'td' || name === 'th') this.blocks.closeCell();
    else if (name === 'tr') this.blocks.closeRow();
    else if (name === 'table') this.blocks.closeTable();
    else if (BLOCK_ELEMENTS.has(name)) this.#endBlock();
    if (LISTS.has(name)) this.#lists.pop();
    if (name === 'li') this.#itemMark = null;
    if (name === 'pre') this.#preformatted = Math.max(0, this.#preformatted - 1);
  }

  #openTable(): void {
    this.#endBlock();
    this.blocks.openTable();
  }

  #openItem(): void {
    const next = this.#lists.at(-1) ?? null;
    if (next !== null) this.#lists[this.#lists.length - 1] = next + 1;
    this.#itemMark = next === null ? '-' : `${next}.`;
  }

  /** Ends the open block; the first one of a list item carries its mark. */
  #endBlock(): void {
    if (this.#preformatted) return this.blocks.preformatted();
    if (this.#itemMark === null) return this.blocks.endParagraph();
    if (this.blocks.isBlank) return;
    this.blocks.item(this.#lists.length - 1, this.#itemMark);
    this.#itemMark = null;
  }
}
