/**
 * Word documents: headings, lists, tables and notes as readable text, what was deleted left out.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import type { ReadingLimits } from '../limits.ts';
import { Archive, narrowed } from './archive.ts';
import { Blocks } from './blocks.ts';
import { type ParagraphStyle, readStyles } from './docx-styles.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole, sizeOf } from './files.ts';
import { mainPartOf, relationshipsOf } from './open-packaging.ts';
import { labelledSections, type LabelledText } from './sections.ts';
import { decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';
import { WORD_XML } from './xml-type.ts';
import { walkXml, type XmlElement } from './xml.ts';

const WHAT = 'Word document';
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml';

const MAX_FLAT_BYTES = 128 * 1024 * 1024;

/** Text inside was deleted, moved away, or stands in another form beside it. */
const SKIPPED = new Set(['del', 'moveFrom', 'pPrChange', 'Fallback']);

export const docxProcessor: Processor = {
  id: 'docx',
  version: 3,
  step: 'extract',
  mediaTypes: [
    `${WORD}.document`,
    `${WORD}.template`,
    'application/vnd.ms-word.document.macroenabled.12',
    'application/vnd.ms-word.template.macroenabled.12',
    WORD_XML,
  ],
  async *process({ path, mediaType, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const chapters = mediaType === WORD_XML
      ? readFlat(decodeText(await readWhole(path, WHAT, MAX_FLAT_BYTES)))
      : await readDocument(path, limits);
    const units = sectionUnits(labelledSections(chapters), () => emptyText(WHAT));
    yield* walk(units, checkpoint, signal);
  },
};

async function readDocument(path: string, limits?: ReadingLimits): Promise<LabelledText[]> {
  await sizeOf(path);
  using archive = await Archive.open(path, WHAT, narrowed(limits));
  const main = await mainPartOf(archive, 'word/document.xml');
  const document = await archive.text(main);
  if (!document || !/<(\w+:)?body[\s/>]/.test(document)) throw brokenFile(WHAT);
  const related = await relationshipsOf(archive, main);
  const part = (type: string) => {
    const target = related.find((relationship) => relationship.type === type)?.target;
    return target ? archive.text(target) : null;
  };
  const styles = readStyles(await part('styles') ?? '');
  const reader = new WordReader(styles);
  for (const xml of [document, await part('footnotes'), await part('endnotes')]) {
    if (xml) reader.read(xml);
  }
  return reader.blocks.chapters();
}

/** A document in one file of XML: its paragraphs have the same names wherever they stand. */
function readFlat(xml: string): LabelledText[] {
  if (!/<(\w+:)?body[\s/>]/.test(xml)) throw brokenFile(WHAT);
  const reader = new WordReader(readStyles(xml));
  reader.read(xml);
  return reader.blocks.chapters();
}

class WordReader {
  readonly blocks = new Blocks();
  readonly #styles: ReadonlyMap<string, ParagraphStyle>;
  /** What the open paragraph says of itself, for each paragraph that is open. */
  readonly #paragraphs: ParagraphStyle[] = [];
  #skipping = 0;

  constructor(styles: ReadonlyMap<string, ParagraphStyle>) {
    this.#styles = styles;
  }

  read(xml: string): void {
    walkXml(xml, {
      open: (element, path) => this.#open(element, path),
      text: (text, path) => this.#text(text, path),
      close: (element) => this.#close(element),
    });
  }

  #open(element: XmlElement, path: readonly XmlElement[]): void {
    const { name, attributes } = element;
    if (isSkipped(element)) this.#skipping++;
    if (this.#skipping) return;
    const parent = path.at(-1)?.name;
    if (name === 'p') this.#openParagraph();
    else if (name === 'tbl') this.blocks.openTable();
    else if (parent === 'pPr' || parent === 'numPr') this.#property(name, attributes.val);
    else if (name === 'tab' && parent === 'r') this.blocks.add('\t');
    else if ((name === 'br' || name === 'cr') && parent === 'r') this.blocks.add('\n');
    else if (name === 'noBreakHyphen') this.blocks.add('-');
    else if (name === 'footnoteReference' || name === 'endnoteReference') {
      this.blocks.add(`[${attributes.id ?? '*'}]`);
    } else if (name === 'footnote' || name === 'endnote') this.blocks.add(`[${attributes.id}] `);
  }

  /** A text box stands inside a paragraph: what came before it is a paragraph of its own. */
  #openParagraph(): void {
    if (this.#paragraphs.length) this.blocks.endParagraph();
    this.#paragraphs.push({});
  }

  /** Direct formatting stands above that of the style. */
  #property(name: string, value: string | undefined): void {
    const style = this.#paragraphs.at(-1);
    if (!style) return;
    if (name === 'pStyle') Object.assign(style, { ...this.#styles.get(value ?? ''), ...style });
    else if (name === 'outlineLvl') style.outline = Number(value);
    else if (name === 'ilvl') style.list = Number(value);
    else if (name === 'numPr') style.list ??= 0;
    else if (name === 'numId' && value === '0') delete style.list;
  }

  #text(text: string, path: readonly XmlElement[]): void {
    if (!this.#skipping && path.at(-1)?.name === 't') this.blocks.add(text);
  }

  #close(element: XmlElement): void {
    if (isSkipped(element)) {
      this.#skipping--;
      return;
    }
    if (this.#skipping) return;
    if (element.name === 'p') this.#closeParagraph(this.#paragraphs.pop() ?? {});
    else if (element.name === 'tc') this.blocks.closeCell();
    else if (element.name === 'tr') this.blocks.closeRow();
    else if (element.name === 'tbl') this.blocks.closeTable();
  }

  /** Outline levels count from 0; 9 is body text (ECMA-376 17.3.1.20). */
  #closeParagraph({ outline = 9, list }: ParagraphStyle): void {
    if (outline < 9) this.blocks.heading(outline + 1);
    else if (list !== undefined) this.blocks.item(list);
    else this.blocks.endParagraph();
  }
}

function isSkipped({ name, attributes }: XmlElement): boolean {
  return SKIPPED.has(name) ||
    ((name === 'footnote' || name === 'endnote') && attributes.type !== undefined &&
      attributes.type !== 'normal');
}
