/**
 * Word documents: headers, headings, lists with their numbers, tables, charts, notes, comments and
 * footers as readable text, without deleted text.
 *
 * @module
 */
import type { Notice } from '#contract/notices.ts';
import type { Processor } from '../processor.ts';
import type { ReadingLimits } from '../limits.ts';
import { Archive, narrowed } from './archive.ts';
import { chunkText } from './docx-chunks.ts';
import { type SectionPart, shownParts } from './docx-fields.ts';
import { DocxNotes } from './docx-notes.ts';
import { type WordContext, WordReader } from './docx-reader.ts';
import { readStyles } from './docx-styles.ts';
import { embeddedParts, type PartReader } from './embedded-parts.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole, sizeOf } from './files.ts';
import { missingItems } from './missing-items.ts';
import { mainPartOf, type Relationship, relationshipsOf } from './open-packaging.ts';
import { joinedTexts, labelledSections, type LabelledText } from './sections.ts';
import { decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';
import { WordNumbering } from './word-numbering.ts';
import { WORD_XML } from './xml-type.ts';
import { elementsNamed } from './xml.ts';

const WHAT = 'word';
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml';

const MIB = 1024 * 1024;
const MAX_FLAT_BYTES = 128 * MIB;
/** Maximum depth of inserted documents. */
const MAX_CHUNK_DEPTH = 2;
const MAX_CHUNK_BYTES = 64 * MIB;

interface Content {
  readonly chapters: readonly LabelledText[];
  readonly notices: readonly Notice[];
}

export const docxProcessor: Processor = {
  id: 'docx',
  version: 4,
  step: 'extract',
  mediaTypes: [
    `${WORD}.document`,
    `${WORD}.template`,
    'application/vnd.ms-word.document.macroenabled.12',
    'application/vnd.ms-word.template.macroenabled.12',
    WORD_XML,
  ],
  async *process({ path, mediaType, workDir, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const { chapters, notices } = mediaType === WORD_XML
      ? readFlat(decodeText(await readWhole(path, WHAT, MAX_FLAT_BYTES)))
      : await readDocument(path, { workDir, depth: 0, limits });
    const units = sectionUnits(labelledSections(chapters), () => emptyText(WHAT), notices);
    yield* walk(units, checkpoint, signal);
  },
};

interface Reading {
  /** Folder for inserted documents. */
  readonly workDir: string;
  readonly depth: number;
  readonly limits: ReadingLimits | undefined;
}

async function readDocument(path: string, reading: Reading): Promise<Content> {
  await sizeOf(path);
  using archive = await Archive.open(path, WHAT, narrowed(reading.limits));
  const main = await mainPartOf(archive, 'word/document.xml');
  const document = await archive.text(main);
  if (!document || !/<(\w+:)?body[\s/>]/.test(document)) throw brokenFile(WHAT);
  const related = await relationshipsOf(archive, main);
  return await new DocumentParts(archive, related, reading).read(main, document);
}

/** Reads the parts of one document in reading order. */
class DocumentParts {
  readonly #archive: Archive;
  readonly #related: readonly Relationship[];
  readonly #reading: Reading;
  readonly #missing: string[] = [];

  constructor(archive: Archive, related: readonly Relationship[], reading: Reading) {
    this.#archive = archive;
    this.#related = related;
    this.#reading = reading;
  }

  async read(main: string, document: string): Promise<Content> {
    const part = (type: string) => this.#related.find((relation) => relation.type === type)?.target;
    const text = async (type: string) => await this.#archive.text(part(type) ?? '') ?? '';
    const context = contextOf(await text('styles'), await text('numbering'));
    const reader = new WordReader(context);
    await this.#readPart(reader, main, document);
    for (const type of ['footnotes', 'endnotes', 'comments']) {
      const target = part(type);
      if (target && this.#archive.has(target)) await this.#readPart(reader, target);
    }
    const settings = elementsNamed(await text('settings'), 'evenAndOddHeaders');
    const shown = (kind: SectionPart['kind']) =>
      this.#furniture(context, shownParts(reader.sections, kind, settings.length > 0));
    const chapters = joinedTexts([
      await shown('header'),
      reader.blocks.chapters(),
      await shown('footer'),
    ]);
    return { chapters, notices: missingItems('parts_missing', this.#missing) };
  }

  async #readPart(reader: WordReader, entry: string, xml?: string): Promise<void> {
    const related = await relationshipsOf(this.#archive, entry);
    const { texts, missing } = await embeddedParts(this.#archive, related, {
      aFChunk: this.#readChunk,
    });
    this.#missing.push(...missing);
    reader.read(xml ?? await this.#archive.text(entry) ?? '', texts);
  }

  /** Headers or footers, each text once. */
  async #furniture(context: WordContext, ids: readonly string[]): Promise<LabelledText[]> {
    const texts = new Set<string>();
    for (const id of ids) {
      const target = this.#related.find((relation) => relation.id === id)?.target;
      if (!target || !this.#archive.has(target)) continue;
      const reader = new WordReader(context);
      await this.#readPart(reader, target);
      texts.add(reader.blocks.end());
    }
    texts.delete('');
    return texts.size > 0 ? [{ label: null, text: [...texts].join('\n\n') }] : [];
  }

  readonly #readChunk: PartReader = (archive, entry) =>
    chunkText(archive, entry, async (bytes) => {
      const { workDir, depth, limits } = this.#reading;
      if (depth >= MAX_CHUNK_DEPTH || bytes.length > MAX_CHUNK_BYTES) return null;
      await Deno.mkdir(workDir, { recursive: true });
      const path = await Deno.makeTempFile({ dir: workDir, prefix: 'chunk-' });
      try {
        await Deno.writeFile(path, bytes);
        const content = await readDocument(path, { workDir, depth: depth + 1, limits });
        return content.chapters.map(({ text }) => text).join('');
      } finally {
        await Deno.remove(path);
      }
    });
}

function contextOf(styles: string, numbering: string): WordContext {
  return {
    styles: readStyles(styles),
    numbering: new WordNumbering(numbering),
    notes: new DocxNotes(),
  };
}

/** A document in one XML file: its paragraphs have the same names in every part. */
function readFlat(xml: string): Content {
  if (!/<(\w+:)?body[\s/>]/.test(xml)) throw brokenFile(WHAT);
  const reader = new WordReader(contextOf(xml, xml));
  reader.read(xml);
  return { chapters: reader.blocks.chapters(), notices: [] };
}
