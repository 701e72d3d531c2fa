/**
 * OpenDocument texts and presentations (ODF 1.3): one walk through `content.xml` for both.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import type { ReadingLimits } from '../limits.ts';
import { Archive, narrowed } from './archive.ts';
import { Blocks } from './blocks.ts';
import { brokenFile, emptyText, encryptedFile } from './failures.ts';
import { readWhole, sizeOf } from './files.ts';
import { labelledSections, type LabelledText } from './sections.ts';
import { decodeText } from './text.ts';
import { type Piece, sectionUnits, walk } from './walk.ts';
import { FLAT } from './xml-type.ts';
import { elementsNamed, walkXml, type XmlElement } from './xml.ts';

const MAX_FLAT_BYTES = 128 * 1024 * 1024;

/** Deleted text, fields' machinery, and a slide's repeated furniture. */
const SKIPPED = new Set(['tracked-changes', 'annotation', 'note-citation', 'forms', 'settings']);

export const odtProcessor: Processor = {
  id: 'odt',
  version: 3,
  step: 'extract',
  mediaTypes: ['text', 'text-template', 'text-web', 'text-master', `text${FLAT}`]
    .map(ofOpenDocument),
  async *process({ path, mediaType, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const what = 'OpenDocument text';
    const { body } = await readContent(path, mediaType, what, limits);
    yield* walk(sectionUnits(labelledSections(body), () => emptyText(what)), checkpoint, signal);
  },
};

export const odpProcessor: Processor = {
  id: 'odp',
  version: 2,
  step: 'extract',
  mediaTypes: ['presentation', 'presentation-template', `presentation${FLAT}`]
    .map(ofOpenDocument),
  async *process({ path, mediaType, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const what = 'OpenDocument presentation';
    const { slides } = await readContent(path, mediaType, what, limits);
    const read = (at: number): Piece[] => [slides[at]!];
    const units = { total: slides.length, unit: 'slide', read, empty: () => emptyText(what) };
    yield* walk(units, checkpoint, signal);
  },
};

function ofOpenDocument(kind: string): string {
  return `application/vnd.oasis.opendocument.${kind}`;
}

/** Throws `encrypted_file` when the manifest says so (ODF 1.3 part 2, 4.3). */
export async function refuseEncrypted(archive: Archive, what: string): Promise<void> {
  const manifest = await archive.text('META-INF/manifest.xml');
  if (manifest && elementsNamed(manifest, 'encryption-data').length) throw encryptedFile(what);
}

async function readContent(
  path: string,
  mediaType: string,
  what: string,
  limits: ReadingLimits | undefined,
): Promise<{ body: LabelledText[]; slides: Piece[] }> {
  const xml = mediaType.endsWith(FLAT)
    ? decodeText(await readWhole(path, what, MAX_FLAT_BYTES))
    : await contentXml(path, what, limits);
  if (!xml || !/<(\w+:)?body[\s/>]/.test(xml)) throw brokenFile(what);
  const reader = new ContentReader();
  walkXml(xml, reader);
  return { body: reader.blocks.chapters(), slides: reader.slides };
}

async function contentXml(
  path: string,
  what: string,
  limits: ReadingLimits | undefined,
): Promise<string | null> {
  await sizeOf(path);
  using archive = await Archive.open(path, what, narrowed(limits));
  await refuseEncrypted(archive, what);
  return await archive.text('content.xml');
}

class ContentReader {
  readonly slides: Piece[] = [];
  blocks = new Blocks();
  #title = '';
  /** What the first line of a slide's notes begins with. */
  #notesMark = '';
  #skipping = 0;
  /** Lists that are open. */
  #lists = 0;

  readonly open = (element: XmlElement): void => {
    const { name, attributes } = element;
    if (isSkipped(element)) this.#skipping++;
    if (this.#skipping) return;
    if (name === 'page') this.#openSlide();
    else if (name === 'table') this.blocks.openTable();
    else if (name === 'list') this.#lists++;
    else if (name === 's') this.blocks.add(' '.repeat(spaces(attributes.c)));
    else if (name === 'tab') this.blocks.add('\t');
    else if (name === 'line-break') this.blocks.add('\n');
    else if (name === 'note') this.blocks.add(' (');
    else if (name === 'notes') this.#notesMark = 'Notes: ';
  };

  readonly text = (text: string, path: readonly XmlElement[]): void => {
    if (this.#skipping || !path.some(({ name }) => name === 'p' || name === 'h')) return;
    this.blocks.add(text.replace(/\s+/g, ' '));
    if (this.#isTitle(path)) this.#title += text;
  };

  readonly close = (element: XmlElement, path: readonly XmlElement[]): void => {
    if (isSkipped(element)) {
      this.#skipping--;
      return;
    }
    if (this.#skipping) return;
    const { name, attributes } = element;
    if (name === 'h') this.blocks.heading(Number(attributes['outline-level'] ?? 1));
    else if (name === 'p') this.#closeParagraph(path);
    else if (name === 'note') this.blocks.add(')');
    else if (name === 'list') this.#lists--;
    else if (name === 'table-cell') this.blocks.closeCell();
    else if (name === 'table-row') this.blocks.closeRow();
    else if (name === 'table') this.blocks.closeTable();
    else if (name === 'page') this.#closeSlide();
  };

  /** Notes stand in the middle of their paragraph. */
  #closeParagraph(path: readonly XmlElement[]): void {
    if (path.some(({ name }) => name === 'note')) this.blocks.add(' ');
    else if (this.#lists) this.blocks.item(this.#lists - 1);
    else if (path.some(({ name }) => name === 'page')) this.#closeSlideLine();
    else this.blocks.endParagraph();
  }

  #closeSlideLine(): void {
    if (this.blocks.isBlank) return;
    this.blocks.endParagraph(this.#notesMark, this.#notesMark ? 'paragraph' : 'line');
    this.#notesMark = '';
  }

  #openSlide(): void {
    this.blocks = new Blocks();
    this.#title = '';
    this.#notesMark = '';
  }

  #closeSlide(): void {
    const label = this.#title.replace(/\s+/g, ' ').trim().slice(0, 200) || null;
    this.slides.push({ kind: 'slide', label, text: this.blocks.end() });
  }

  #isTitle(path: readonly XmlElement[]): boolean {
    return path.some(({ name, attributes }) => name === 'frame' && attributes.class === 'title');
  }
}

/** The count of a `text:s` element (ODF 1.3 part 3, 6.1.3), within reason. */
function spaces(count: string | undefined): number {
  return Math.max(0, Math.min(Number(count ?? 1), 100));
}

/** The class of a frame says what a placeholder is for (ODF 1.3 part 3, 19.389). */
function isSkipped({ name, attributes }: XmlElement): boolean {
  return SKIPPED.has(name) || (name === 'frame' && /^(page-number|footer|date-time|header)$/
    .test(attributes.class ?? ''));
}
