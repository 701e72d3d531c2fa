/**
 * FictionBook (FB2): books in one XML file, section by section.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { Blocks } from './blocks.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { lowered, raised } from './raised.ts';
import { labelledSections } from './sections.ts';
import { decodeText } from './text.ts';
import { walk } from './walk.ts';
import { walkXml, type XmlElement } from './xml.ts';

const WHAT = 'fiction_book';
const MAX_BYTES = 128 * 1024 * 1024;
export const FICTION_BOOK = 'application/x-fictionbook+xml';

const PARAGRAPHS = new Set(['p', 'v', 'subtitle', 'text-author', 'date']);

export const fictionBookProcessor: Processor = {
  id: 'fiction-book',
  version: 1,
  step: 'extract',
  mediaTypes: [FICTION_BOOK],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const xml = decodeText(await readWhole(path, WHAT, MAX_BYTES));
    if (!/<(\w+:)?body[\s>]/.test(xml)) throw brokenFile(WHAT);
    const reader = new BookReader();
    // Pictures are most of a book, and have no text.
    walkXml(xml.replace(/<binary\b[^]*?<\/binary>/g, ''), reader);
    const sections = labelledSections(reader.blocks.chapters());
    const read = (at: number) => [{ kind: 'chapter' as const, ...sections[at]! }];
    const units = { total: sections.length, unit: 'section', read, empty: () => emptyText(WHAT) };
    yield* walk(units, checkpoint, signal);
  },
};

class BookReader {
  readonly blocks = new Blocks();
  readonly #scripts: number[] = [];
  /** Lines of the title that is open. */
  #title: string[] | null = null;
  #depth = 0;
  #text = '';

  readonly open = ({ name }: XmlElement): void => {
    if (name === 'section') this.#depth++;
    else if (name === 'title') this.#title = [];
    else if (name === 'table') this.blocks.openTable();
    else if (name === 'sup' || name === 'sub') this.#scripts.push(this.blocks.length);
    else if (name === 'empty-line') this.blocks.endParagraph();
  };

  readonly text = (text: string, path: readonly XmlElement[]): void => {
    if (this.#title) this.#text += text;
    else if (isRead(path)) this.blocks.add(text.replace(/\s+/g, ' '));
  };

  readonly close = ({ name }: XmlElement, path: readonly XmlElement[]): void => {
    if (name === 'title') this.#endTitle();
    else if (name === 'section') this.#depth--;
    else if (this.#title) this.#endTitleLine(name);
    else if (name === 'sup' || name === 'sub') this.#endScript(name);
    else if (name === 'td' || name === 'th') this.blocks.closeCell();
    else if (name === 'tr') this.blocks.closeRow();
    else if (name === 'table') this.blocks.closeTable();
    else if (name === 'v') this.blocks.endParagraph('', 'line');
    else if (name === 'book-title' && isOf(path, 'title-info')) this.blocks.heading(1);
    else if (name === 'author' && isOf(path, 'title-info')) this.blocks.endParagraph();
    else if (PARAGRAPHS.has(name)) this.blocks.endParagraph();
  };

  #endTitleLine(name: string): void {
    if (name !== 'p' && name !== 'empty-line') return;
    const line = this.#text.replace(/\s+/g, ' ').trim();
    if (line) this.#title?.push(line);
    this.#text = '';
  }

  #endTitle(): void {
    const title = [...this.#title ?? [], this.#text.trim()].filter(Boolean).join('. ');
    [this.#title, this.#text] = [null, ''];
    if (!title) return;
    this.blocks.endParagraph();
    this.blocks.add(title);
    this.blocks.heading(this.#depth + 1);
  }

  #endScript(name: 'sup' | 'sub'): void {
    const from = this.#scripts.pop();
    if (from !== undefined) this.blocks.rewrite(from, name === 'sup' ? raised : lowered);
  }
}

function isOf(path: readonly XmlElement[], name: string): boolean {
  return path.some((element) => element.name === name);
}

/** True for text of the bodies and of the cover; the rest of the description is about the file. */
function isRead(path: readonly XmlElement[]): boolean {
  if (isOf(path, 'body')) {
    return isOf(path, 'p') || PARAGRAPHS.has(path.at(-1)?.name ?? '') || isOf(path, 'table');
  }
  return isOf(path, 'title-info') &&
    (isOf(path, 'annotation') || isOf(path, 'book-title') || isOf(path, 'author'));
}
