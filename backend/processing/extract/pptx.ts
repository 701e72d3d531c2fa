/**
 * PowerPoint presentations, slide by slide in the order of the show, with the speaker's notes and
 * the comments. The index of a part is its slide, so that slides without text are parts as well.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { Archive, narrowed } from './archive.ts';
import { embeddedParts } from './embedded-parts.ts';
import { brokenFile, emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { slidePiece } from './hidden.ts';
import { missingItems } from './missing-items.ts';
import { mainPartOf, type Relationship, relationshipsOf } from './open-packaging.ts';
import { readAuthors, readComments } from './pptx-comments.ts';
import { readShapes } from './shapes.ts';
import { type Piece, walk } from './walk.ts';
import { elementsNamed } from './xml.ts';

const WHAT = 'powerpoint';
const POWERPOINT = 'application/vnd.openxmlformats-officedocument.presentationml';

export const pptxProcessor: Processor = {
  id: 'pptx',
  version: 3,
  step: 'extract',
  mediaTypes: [
    `${POWERPOINT}.presentation`,
    `${POWERPOINT}.slideshow`,
    `${POWERPOINT}.template`,
    'application/vnd.ms-powerpoint.presentation.macroenabled.12',
    'application/vnd.ms-powerpoint.slideshow.macroenabled.12',
    'application/vnd.ms-powerpoint.template.macroenabled.12',
    'application/vnd.ms-powerpoint.addin.macroenabled.12',
  ],
  async *process({ path, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    await sizeOf(path);
    using archive = await Archive.open(path, WHAT, narrowed(limits));
    const presentation = await Presentation.open(archive);
    const units = {
      total: presentation.total,
      unit: 'slide',
      read: async (at: number) => [await presentation.read(at)],
      empty: () => emptyText(WHAT),
    };
    yield* walk(units, checkpoint, signal);
  },
};

class Presentation {
  readonly #archive: Archive;
  /** Entries of the slides, in the order of the show. */
  readonly #slides: readonly string[];
  readonly #authors: ReadonlyMap<string, string>;
  /** Footers of earlier slides: each is written at its first occurrence. */
  readonly #repeated = new Set<string>();
  /** Lines of layouts and masters by their entries. */
  readonly #backgrounds = new Map<string, string[]>();
  #next = 0;

  private constructor(archive: Archive, slides: string[], authors: ReadonlyMap<string, string>) {
    this.#archive = archive;
    this.#slides = slides;
    this.#authors = authors;
  }

  static async open(archive: Archive): Promise<Presentation> {
    const main = await mainPartOf(archive, 'ppt/presentation.xml');
    const xml = await archive.text(main);
    if (!xml || elementsNamed(xml, 'presentation').length === 0) throw brokenFile(WHAT);
    const related = await relationshipsOf(archive, main);
    const targets = new Map(related.map(({ id, target }) => [id, target]));
    const slides = elementsNamed(xml, 'sldId').map(({ attributes }) => {
      const target = targets.get(attributes['r:id'] ?? relationshipId(attributes));
      if (!target) throw brokenFile(WHAT);
      return target;
    });
    const lists = related.filter(({ type }) => type === 'commentAuthors' || type === 'authors');
    const authors = await Promise.all(
      lists.map(async ({ target }) => [...readAuthors(await archive.text(target) ?? '')]),
    );
    return new Presentation(archive, slides, new Map(authors.flat()));
  }

  get total(): number {
    return this.#slides.length;
  }

  async read(at: number): Promise<Piece> {
    // Reads slides before a checkpoint, for the footers that they have shown.
    while (this.#next < at) await this.#slide(this.#next++);
    this.#next = at + 1;
    return await this.#slide(at);
  }

  async #slide(at: number): Promise<Piece> {
    const archive = this.#archive;
    const entry = this.#slides[at]!;
    const xml = await archive.text(entry);
    if (xml === null) throw brokenFile(WHAT);
    const related = await relationshipsOf(archive, entry);
    const { texts, missing } = await embeddedParts(archive, related);
    const { title, text, repeated } = readShapes(xml, { embedded: texts });
    const textOf = async (type: string) =>
      await Promise.all(
        related.filter((relation) => relation.type === type)
          .map(async ({ target }) => await archive.text(target) ?? ''),
      );
    const notes = (await textOf('notesSlide')).map((notes) => readShapes(notes).text);
    const comments = (await textOf('comments')).flatMap((xml) => readComments(xml, this.#authors));
    const content = [
      text,
      this.#newOf([...repeated, ...await this.#background(xml, related)]).join('\n'),
      ...notes.map((notes) => notes && `Notes: ${notes}`),
      comments.join('\n'),
    ].filter(Boolean).join('\n\n');
    const isHidden = /<(?:\w+:)?sld\b[^>]*\sshow\s*=\s*["'](?:0|false)["']/.test(xml);
    const notices = missingItems('parts_missing', missing);
    return { ...slidePiece(title, content, isHidden), notices };
  }

  /** Lines of the slide's layout and master that are visible on it. */
  async #background(xml: string, related: readonly Relationship[]): Promise<string[]> {
    const hidesMaster =
      /<(?:\w+:)?(?:sld|sldLayout)\b[^>]*\sshowMasterSp\s*=\s*["'](?:0|false)["']/;
    const above = related.find(({ type }) => type === 'slideLayout' || type === 'slideMaster');
    if (!above || hidesMaster.test(xml)) return [];
    const known = this.#backgrounds.get(above.target);
    if (known) return known;
    const layout = await this.#archive.text(above.target) ?? '';
    const lines = readShapes(layout, { isLayout: true }).text.split('\n').filter(Boolean);
    if (above.type === 'slideLayout') {
      const parts = await relationshipsOf(this.#archive, above.target);
      lines.push(
        ...await this.#background(layout, parts.filter(({ type }) => type === 'slideMaster')),
      );
    }
    this.#backgrounds.set(above.target, lines);
    return lines;
  }

  #newOf(lines: readonly string[]): string[] {
    const fresh = lines.filter((line) => !this.#repeated.has(line));
    for (const line of fresh) this.#repeated.add(line);
    return [...new Set(fresh)];
  }
}

/** The `id` of a slide is a number, that of its relationship never is. */
function relationshipId(attributes: Readonly<Record<string, string>>): string {
  return Object.values(attributes).find((value) => !/^\d+$/.test(value)) ?? '';
}
