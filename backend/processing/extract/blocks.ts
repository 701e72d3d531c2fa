/**
 * Collects the text of a structured document: headings with Markdown marks (so that sections can
 * be labelled by them), list items with a dash, table rows with bars between cells.
 *
 * @module
 */
import type { LabelledText } from './sections.ts';
import { cleanText } from './text.ts';

/** Blocks of one tight kind that follow each other are lines; others have a blank line between. */
type BlockKind = 'paragraph' | 'item' | 'line';

/**
 * Maximum depth of tables; deeper ones are paragraphs of their cell, because each level copies its
 * text.
 */
const MAX_NESTED_TABLES = 32;

interface OpenTable {
  cells: string[];
  /** Cells of the row above. */
  above: readonly string[];
  /** Paragraphs of the cell that is open. */
  cell: string[];
  /** Cells of rows above that span the current row or those below, by their column. */
  readonly spans: Map<number, { readonly text: string; rows: number }>;
  /** Characters that spans have repeated. */
  repeated: number;
}

export interface CellSpan {
  columns?: number;
  rows?: number;
  continued?: boolean;
}

/** Maximum characters of a table that row spans repeat. */
const MAX_REPEATED = 1_000_000;
const MAX_COLUMNS = 1_000;
const MAX_LABEL = 200;

interface Block {
  readonly kind: BlockKind;
  readonly text: string;
  /** Of a heading: its words. */
  readonly heading?: string;
}

export class Blocks {
  readonly #blocks: Block[] = [];
  readonly #tables: OpenTable[] = [];
  /** Number of open tables beyond {@link MAX_NESTED_TABLES}. */
  #flat = 0;
  #open = '';

  /** True while the open paragraph has no text. */
  get isBlank(): boolean {
    return this.#open.trim() === '';
  }

  /** Text of the paragraph that is open. */
  add(text: string): void {
    this.#open += text;
  }

  get endsWithNumber(): boolean {
    return /\p{N}$/u.test(this.#open);
  }

  /** Length of the open paragraph: a place in it for {@link rewrite}. */
  get length(): number {
    return this.#open.length;
  }

  /** Rewrites the open paragraph from a position on, unless it has been ended since. */
  rewrite(from: number, write: (before: string, text: string) => string): void {
    if (from >= this.#open.length) return;
    const before = this.#open.slice(0, from);
    this.#open = before + write(before, this.#open.slice(from));
  }

  /** Ends the paragraph; blank ones vanish. */
  endParagraph(prefix = '', kind: BlockKind = 'paragraph', isHeading = false): void {
    const text = cleanText(this.#open).replace(/[ \t]+/g, ' ').replace(/ ?\n ?/g, '\n').replace(
      /^\n+/,
      '',
    ).trimEnd();
    this.#open = '';
    const words = text.trimStart();
    if (words) this.#put({ kind, text: prefix + words, ...isHeading && { heading: words } });
  }

  heading(level: number): void {
    this.#open = this.#open.replace(/\s+/g, ' ');
    const marks = '#'.repeat(Math.min(Math.max(level, 1), 6));
    if (this.#tables.length) this.endParagraph();
    else this.endParagraph(`${marks} `, 'paragraph', true);
  }

  /** @param depth 0 for a list that is in no other, and for an item outside of any list */
  item(depth: number, mark = '-'): void {
    this.endParagraph('  '.repeat(Math.max(0, Math.min(depth, 8))) + mark + ' ', 'item');
  }

  /** A paragraph whose spaces and line breaks are significant (program code). */
  preformatted(): void {
    const text = cleanText(this.#open).replace(/^\n+/, '').trimEnd();
    this.#open = '';
    if (text) this.#put({ kind: 'paragraph', text });
  }

  openTable(): void {
    this.endParagraph();
    if (this.#tables.length >= MAX_NESTED_TABLES) this.#flat++;
    else this.#tables.push({ cells: [], above: [], cell: [], spans: new Map(), repeated: 0 });
  }

  /** Sets the open paragraph aside for one inside of it; {@link resume} continues it. */
  suspend(): string {
    const open = this.#open;
    this.#open = '';
    return open;
  }

  resume(open: string): void {
    this.endParagraph();
    this.#open = open;
  }

  /** @param span number of columns and rows of the cell; `continued` for more of the cell above */
  closeCell({ columns = 1, rows = 1, continued = false }: CellSpan = {}): void {
    this.endParagraph();
    const table = this.#tables.at(-1);
    if (!table || this.#flat > 0) return;
    const own = table.cell.join(' ').replace(/\s+/g, ' ');
    table.cell = [];
    fillSpans(table);
    const text = own || (continued ? repeated(table, table.above[table.cells.length] ?? '') : '');
    for (let column = 0; column < Math.min(columns, MAX_COLUMNS); column++) {
      const own = column === 0 ? text : '';
      if (rows > 1) table.spans.set(table.cells.length, { text: own, rows });
      table.cells.push(own);
    }
  }

  closeRow(): void {
    const table = this.#tables.at(-1);
    if (!table || this.#flat > 0) return this.endParagraph();
    if (table.cell.length || this.#open.trim()) this.closeCell();
    if (table.cells.length > 0) fillRow(table);
    for (const [column, span] of table.spans) if (--span.rows < 1) table.spans.delete(column);
    const { cells } = table;
    table.cells = [];
    table.above = [...cells];
    while (cells.length && !cells.at(-1)) cells.pop();
    if (cells.length === 0) return;
    this.#tables.pop();
    this.#put({ kind: 'line', text: cells.join(' | ') });
    this.#tables.push(table);
  }

  /** Ends a group of rows: no cell spans beyond it. */
  closeRowGroup(): void {
    this.closeRow();
    this.#tables.at(-1)?.spans.clear();
  }

  closeTable(): void {
    this.closeRow();
    if (this.#flat > 0) this.#flat--;
    else this.#tables.pop();
  }

  /** Ends open blocks and returns the whole text. */
  end(): string {
    return this.chapters().map(({ text }) => text).join('');
  }

  /** As {@link end}, cut before each heading and labelled with it. */
  chapters(): LabelledText[] {
    this.endParagraph();
    this.#flat = 0;
    while (this.#tables.length) this.closeTable();
    const chapters: { label: string | null; text: string }[] = [{ label: null, text: '' }];
    let before: BlockKind | null = null;
    for (const { kind, text, heading } of this.#blocks) {
      const tight = kind !== 'paragraph' && kind === before;
      chapters.at(-1)!.text += before === null ? '' : tight ? '\n' : '\n\n';
      if (heading !== undefined) chapters.push({ label: heading.slice(0, MAX_LABEL), text: '' });
      chapters.at(-1)!.text += text;
      before = kind;
    }
    return chapters;
  }

  #put(block: Block): void {
    const table = this.#tables.at(-1);
    if (table) table.cell.push(block.text);
    else this.#blocks.push(block);
  }
}

function repeated(table: OpenTable, text: string): string {
  table.repeated += text.length;
  return table.repeated > MAX_REPEATED ? '' : text;
}

/** Copies spanning cells of rows above into the next columns. */
function fillSpans(table: OpenTable): void {
  const { cells, spans } = table;
  for (let span = spans.get(cells.length); span; span = spans.get(cells.length)) {
    if (cells.length >= MAX_COLUMNS) return;
    cells.push(repeated(table, span.text));
  }
}

/** The same for a row without further cells of its own. */
function fillRow(table: OpenTable): void {
  const last = Math.max(-1, ...table.spans.keys());
  for (fillSpans(table); table.cells.length <= last; fillSpans(table)) table.cells.push('');
}
