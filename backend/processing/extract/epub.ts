/**
 * EPUB books (EPUB 3.3, and 2), chapter by chapter in the order they are read.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { Archive, narrowed } from './archive.ts';
import { brokenFile, emptyText, encryptedFile } from './failures.ts';
import { sizeOf } from './files.ts';
import { readHtml } from './html.ts';
import { missingItems } from './missing-items.ts';
import { resolvePath } from './open-packaging.ts';
import { cutSections } from './sections.ts';
import { type Piece, walk } from './walk.ts';
import { elementsNamed, walkXml, type XmlElement } from './xml.ts';

const WHAT = 'epub';

/** An `item` of the manifest with its attributes. */
type Item = Record<string, string | undefined> & { readonly entry: string };

interface Chapter {
  /** Name of its entry. */
  readonly entry: string;
  /** From the table of contents; null for a file that is not in it. */
  readonly title: string | null;
  /** True if the manifest names a file that is not in the archive. */
  readonly isMissing: boolean;
}

export const epubProcessor: Processor = {
  id: 'epub',
  version: 3,
  step: 'extract',
  mediaTypes: ['application/epub+zip'],
  async *process({ path, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    await sizeOf(path);
    using archive = await Archive.open(path, WHAT, narrowed(limits));
    const chapters = await chaptersOf(archive);
    yield* walk(
      {
        total: chapters.length,
        unit: 'chapter',
        read: (at) => readChapter(archive, chapters[at]!),
        empty: () => emptyText(WHAT),
      },
      checkpoint,
      signal,
    );
  },
};

async function chaptersOf(archive: Archive): Promise<Chapter[]> {
  const container = await archive.text('META-INF/container.xml') ?? '';
  const named = elementsNamed(container, 'rootfile')[0]?.attributes['full-path'] ?? '';
  const packagePath = entryOf(archive, '', named);
  const opf = await archive.text(packagePath);
  if (!opf) throw brokenFile(WHAT);
  const items = elementsNamed(opf, 'item').map(({ attributes }): Item => ({
    ...attributes,
    id: attributes.id,
    entry: entryOf(archive, packagePath, attributes.href ?? ''),
  }));
  const byId = new Map(items.map((item) => [item.id, item]));
  const spine = elementsNamed(opf, 'itemref')
    .map(({ attributes }) => byId.get(attributes.idref))
    .filter((item) => item !== undefined);
  const read = spine.length ? spine : items.filter((item) => /html/.test(item['media-type'] ?? ''));
  const chapters = read.map(({ entry }) => ({ entry, isMissing: !archive.has(entry) }));
  if (chapters.every(({ isMissing }) => isMissing)) throw brokenFile(WHAT);
  await refuseProtected(archive, chapters.map(({ entry }) => entry));
  const titles = await titlesOf(archive, items);
  return chapters.map((chapter) => ({ ...chapter, title: titles.get(chapter.entry) ?? null }));
}

/**
 * The entry of a reference. Books made on case-insensitive file systems mix case and form of
 * accents.
 */
function entryOf(archive: Archive, from: string, reference: string): string {
  const entry = resolvePath(from, reference);
  return archive.entryLike(entry) ?? entry;
}

/** Throws if chapters are encrypted; fonts may be obfuscated in an unprotected book. */
async function refuseProtected(archive: Archive, entries: readonly string[]): Promise<void> {
  const xml = await archive.text('META-INF/encryption.xml');
  const locked = elementsNamed(xml ?? '', 'CipherReference')
    .map(({ attributes }) => entryOf(archive, '', attributes.URI ?? ''));
  if (locked.some((entry) => entries.includes(entry))) throw encryptedFile(WHAT);
}

/** Titles by entry: EPUB 3 stores them in a page with links, EPUB 2 in an NCX file. */
async function titlesOf(
  archive: Archive,
  items: readonly Item[],
): Promise<ReadonlyMap<string, string>> {
  const contents = items.find((item) => item.properties?.split(' ').includes('nav')) ??
    items.find((item) => item['media-type'] === 'application/x-dtbncx+xml');
  const xml = contents ? await archive.text(contents.entry) : null;
  return contents && xml ? readContents(archive, xml, contents.entry) : new Map();
}

/** The first title for each file; later ones lead to places further down in it. */
function readContents(archive: Archive, xml: string, from: string): Map<string, string> {
  const titles = new Map<string, string>();
  let title = '';
  const put = (reference: string | undefined) => {
    const entry = entryOf(archive, from, reference ?? '');
    const clean = title.replace(/\s+/g, ' ').trim().slice(0, 200);
    if (clean && !titles.has(entry)) titles.set(entry, clean);
  };
  walkXml(xml, {
    open({ name, attributes }) {
      if (name === 'a' || name === 'navLabel') title = '';
      else if (name === 'content') put(attributes.src);
    },
    text: (text, path) => void (isTitle(path) && (title += text)),
    close: ({ name, attributes }) => void (name === 'a' && put(attributes.href)),
  });
  return titles;
}

function isTitle(path: readonly XmlElement[]): boolean {
  return path.some(({ name }) => name === 'a' || name === 'navLabel');
}

/** A chapter in sections; without a title in the contents, its first heading is the title. */
async function readChapter(
  archive: Archive,
  { entry, title, isMissing }: Chapter,
): Promise<Piece[]> {
  if (isMissing) {
    const notices = missingItems('parts_missing', [entry]);
    return [{ kind: 'chapter', label: title, text: '', notices }];
  }
  const { chapters } = readHtml(await archive.text(entry) ?? '', true);
  const heading = chapters.find(({ label }) => label !== null)?.label ?? null;
  const text = chapters.map(({ text }) => text).join('');
  return cutSections(text).map((section, at) => ({
    kind: 'chapter',
    label: title ?? heading,
    text: section.text,
    // A chapter begins behind a blank line.
    ...at > 0 && { separator: section.separator },
  }));
}
