/**
 * PowerPoint presentations, slide by slide in the order they are shown, with the speaker's notes.
 * The index of a part is its slide, so that slides without text are parts as well.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { Archive, narrowed } from './archive.ts';
import { Blocks } from './blocks.ts';
import { brokenFile, emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { mainPartOf, relationshipsOf } from './open-packaging.ts';
import { type Piece, walk } from './walk.ts';
import { elementsNamed, walkXml } from './xml.ts';

const WHAT = 'PowerPoint presentation';
const POWERPOINT = 'application/vnd.openxmlformats-officedocument.presentationml';

/** Placeholders that repeat on every slide. */
const FURNITURE = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg']);

export const pptxProcessor: Processor = {
  id: 'pptx',
  version: 1,
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
    const slides = await slidesInOrder(archive);
    const read = async (at: number) => [await readSlide(archive, slides[at]!)];
    const units = { total: slides.length, unit: 'slide', read, empty: () => emptyText(WHAT) };
    yield* walk(units, checkpoint, signal);
  },
};

/** Names of the entries, as the presentation lists them; the names themselves say nothing. */
async function slidesInOrder(archive: Archive): Promise<string[]> {
  const main = await mainPartOf(archive, 'ppt/presentation.xml');
  const xml = await archive.text(main);
  if (!xml || elementsNamed(xml, 'presentation').length === 0) throw brokenFile(WHAT);
  const related = await relationshipsOf(archive, main);
  const targets = new Map(related.map(({ id, target }) => [id, target]));
  return elementsNamed(xml, 'sldId').map(({ attributes }) => {
    const target = targets.get(attributes['r:id'] ?? relationshipId(attributes));
    if (!target) throw brokenFile(WHAT);
    return target;
  });
}

/** `id` of a slide is a number, that of its relationship never. */
function relationshipId(attributes: Readonly<Record<string, string>>): string {
  return Object.values(attributes).find((value) => !/^\d+$/.test(value)) ?? '';
}

async function readSlide(archive: Archive, entry: string): Promise<Piece> {
  const xml = await archive.text(entry);
  if (xml === null) throw brokenFile(WHAT);
  const { title, text } = readShapes(xml);
  const related = await relationshipsOf(archive, entry);
  const notesEntry = related.find(({ type }) => type === 'notesSlide')?.target;
  const notes = notesEntry ? readShapes(await archive.text(notesEntry) ?? '').text : '';
  return {
    kind: 'slide',
    label: title || null,
    text: [text, notes && `Notes: ${notes}`].filter(Boolean).join('\n\n'),
  };
}

function readShapes(xml: string): { title: string; text: string } {
  const blocks = new Blocks();
  let placeholder = '';
  let paragraph = '';
  let title = '';
  walkXml(xml, {
    open({ name, attributes }) {
      if (name === 'sp' || name === 'graphicFrame') placeholder = '';
      else if (name === 'ph') placeholder = attributes.type ?? 'body';
      else if (name === 'p') paragraph = '';
      else if (name === 'tbl') blocks.openTable();
      else if (name === 'br') paragraph += '\n';
    },
    text(text, path) {
      const inFallback = path.some(({ name }) => name === 'Fallback');
      if (path.at(-1)?.name === 't' && !inFallback) paragraph += text;
    },
    close({ name }) {
      if (name === 'p' && !FURNITURE.has(placeholder)) {
        if (/^(title|ctrTitle)$/.test(placeholder)) title = `${title} ${paragraph}`.trim();
        blocks.add(paragraph);
        blocks.endParagraph('', 'line');
      } else if (name === 'tc') blocks.closeCell();
      else if (name === 'tr') blocks.closeRow();
      else if (name === 'tbl') blocks.closeTable();
    },
  });
  return { title: title.replace(/\s+/g, ' ').slice(0, 200), text: blocks.end() };
}
