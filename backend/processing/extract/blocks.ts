/**
 * Collects the text of a structured document: headings with Markdown marks (so that sections can
 * be labelled by them), list items with a dash, table rows with bars between cells.
 *
 * @module
 */
import { cleanText } from './text.ts';

/** Blocks of one tight kind that follow each other are lines; others have a blank line between. */
type BlockKind = 'paragraph' | 'item' | 'line';

/** Tables inside of so many others are paragraphs of their cell: each level copies its text. */
const MAX_NESTED_TABLES = 32;

interface OpenTable {
  cells: string[];
  /** Paragraphs of the cell that is open. */
  cell: string[];
}

export class Blocks {
  readonly #blocks: { kind: BlockKind; text: string }[] = [];
  readonly #tables: OpenTable[] = [];
  /** Tables that are open beyond {@link MAX_NESTED_TABLES}. */
  #flat = 0;
  #open = '';

  /** Whether the open paragraph has no text yet. */
  get isBlank(): boolean {
    return this.#open.trim() === '';
  }

  /** Text of the paragraph that is open. */
  add(text: string): void {
    this.#open += text;
  }

  /** Ends the paragraph; blank ones vanish. */
  endParagraph(prefix = '', kind: BlockKind = 'paragraph'): void {
    const text = cleanText(this.#open).replace(/[ \t]+/g, ' ').replace(/ ?\n ?/g, '\n').replace(
      /^\n+/,
      '',
    ).trimEnd();
    this.#open = '';
    if (text.trim()) this.#put(prefix + text.trimStart(), kind);
  }

  heading(level: number): void {
    this.#open = this.#open.replace(/\s+/g, ' ');
    this.endParagraph(this.#tables.length ? '' : '#'.repeat(Math.min(Math.max(level, 1), 6)) + ' ');
  }

  /** @param depth 0 for a list that is in no other, and for an item outside of any list */
  item(depth: number, mark = '-'): void {
    this.endParagraph('  '.repeat(Math.max(0, Math.min(depth, 8))) + mark + ' ', 'item');
  }

  /** A paragraph whose spaces and line breaks mean something (program code). */
  preformatted(): void {
    const text = cleanText(this.#open).replace(/^\n+/, '').trimEnd();
    this.#open = '';
    if (text) this.#put(text, 'paragraph');
  }

  openTable(): void {
    this.endParagraph();
    if (this.#tables.length >= MAX_NESTED_TABLES) this.#flat++;
    else this.#tables.push({ cells: [], cell: [] });
  }

  closeCell(): void {
    this.endParagraph();
    const table = this.#tables.at(-1);
    if (!table || this.#flat > 0) return;
    table.cells.push(table.cell.join(' ').replace(/\s+/g, ' '));
    table.cell = [];
  }

  closeRow(): void {
    const table = this.#tables.at(-1);
    if (!table || this.#flat > 0) return this.endParagraph();
    if (table.cell.length || this.#open.trim()) this.closeCell();
    const cells = table.cells;
    table.cells = [];
    while (cells.length && !cells.at(-1)) cells.pop();
    if (cells.length === 0) return;
    this.#tables.pop();
    this.#put(cells.join(' | '), 'line');
    this.#tables.push(table);
  }

  closeTable(): void {
    this.closeRow();
    if (this.#flat > 0) this.#flat--;
    else this.#tables.pop();
  }

  /** Ends what is open and gives the whole text. */
  end(): string {
    this.endParagraph();
    this.#flat = 0;
    while (this.#tables.length) this.closeTable();
    let text = '';
    let before: BlockKind | null = null;
    for (const block of this.#blocks) {
      const tight = block.kind !== 'paragraph' && block.kind === before;
      text += (before === null ? '' : tight ? '\n' : '\n\n') + block.text;
      before = block.kind;
    }
    return text;
  }

  #put(text: string, kind: BlockKind): void {
    const table = this.#tables.at(-1);
    if (table) table.cell.push(text);
    else this.#blocks.push({ kind, text });
  }
}
