/**
 * OpenDocument texts and presentations (ODF 1.3), packed or in one file of XML.
 *
 * @module
 */
import type { DocumentKind } from '#contract/messages/failures.ts';
import type { Processor } from '../processor.ts';
import type { ReadingLimits } from '../limits.ts';
import { Archive, narrowed } from './archive.ts';
import { brokenFile, emptyText, encryptedFile } from './failures.ts';
import { readWhole, sizeOf } from './files.ts';
import { missingItems } from './missing-items.ts';
import { readObjects } from './open-document-objects.ts';
import { OpenDocumentReader } from './open-document-reader.ts';
import { joinedTexts, labelledSections } from './sections.ts';
import { decodeText } from './text.ts';
import { type Piece, sectionUnits, walk } from './walk.ts';
import { FLAT } from './xml-type.ts';
import { elementsNamed, walkXml } from './xml.ts';

const MAX_FLAT_BYTES = 128 * 1024 * 1024;

export const odtProcessor: Processor = {
  id: 'odt',
  version: 5,
  step: 'extract',
  mediaTypes: ['text', 'text-template', 'text-web', 'text-master', `text${FLAT}`]
    .map(ofOpenDocument),
  async *process({ path, mediaType, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const what = 'opendocument_text';
    const { blocks, furniture, missing } = await readContent(path, mediaType, what, limits);
    const [header, footer] = [furniture.header, furniture.footer]
      .map((texts) => [{ label: null, text: [...texts].join('\n\n') }]);
    const sections = labelledSections(joinedTexts([header!, blocks.chapters(), footer!]));
    const units = sectionUnits(
      sections,
      () => emptyText(what),
      missingItems('parts_missing', missing),
    );
    yield* walk(units, checkpoint, signal);
  },
};

export const odpProcessor: Processor = {
  id: 'odp',
  version: 4,
  step: 'extract',
  mediaTypes: ['presentation', 'presentation-template', `presentation${FLAT}`]
    .map(ofOpenDocument),
  async *process({ path, mediaType, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const what = 'opendocument_presentation';
    const { slides, missing } = await readContent(path, mediaType, what, limits);
    const read = (at: number): Piece[] => [
      { ...slides[at]!, ...at === 0 && { notices: missingItems('parts_missing', missing) } },
    ];
    const units = { total: slides.length, unit: 'slide', read, empty: () => emptyText(what) };
    yield* walk(units, checkpoint, signal);
  },
};

function ofOpenDocument(kind: string): string {
  return `application/vnd.oasis.opendocument.${kind}`;
}

/** Throws `encrypted_file` if the manifest declares encryption (ODF 1.3 part 2, 4.3). */
export async function refuseEncrypted(archive: Archive, what: DocumentKind): Promise<void> {
  const manifest = await archive.text('META-INF/manifest.xml');
  if (manifest && elementsNamed(manifest, 'encryption-data').length) throw encryptedFile(what);
}

async function readContent(
  path: string,
  mediaType: string,
  what: DocumentKind,
  limits: ReadingLimits | undefined,
): Promise<OpenDocumentReader> {
  if (!mediaType.endsWith(FLAT)) return await readPackage(path, what, limits);
  const reader = new OpenDocumentReader();
  readBody(reader, decodeText(await readWhole(path, what, MAX_FLAT_BYTES)), what);
  return reader;
}

async function readPackage(
  path: string,
  what: DocumentKind,
  limits: ReadingLimits | undefined,
): Promise<OpenDocumentReader> {
  await sizeOf(path);
  using archive = await Archive.open(path, what, narrowed(limits));
  await refuseEncrypted(archive, what);
  const content = await archive.text('content.xml');
  const reader = new OpenDocumentReader(await readObjects(archive));
  walkXml(await archive.text('styles.xml') ?? '', reader);
  readBody(reader, content, what);
  return reader;
}

function readBody(reader: OpenDocumentReader, xml: string | null, what: DocumentKind): void {
  if (!xml || !/<(\w+:)?body[\s/>]/.test(xml)) throw brokenFile(what);
  walkXml(xml, reader);
}
