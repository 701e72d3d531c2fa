/**
 * Word and PowerPoint files: the least that the programs themselves open.
 *
 * @module
 */
import { CFB } from '@e965/xlsx';
import { escapeXml, zip } from './archive.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006/main';
const POWERPOINT = 'http://schemas.openxmlformats.org/presentationml/2006/main';
const WORD_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml';
const POWERPOINT_TYPE = 'application/vnd.openxmlformats-officedocument.presentationml';

export interface Slide {
  readonly title?: string;
  readonly lines?: readonly string[];
  readonly notes?: string;
}

/** A Word document; `body` is XML that follows the paragraphs, a table for instance. */
export function makeDocx(paragraphs: readonly string[], body = ''): Uint8Array {
  return zip({
    ...packageOf('word/document.xml', [
      ['word/document.xml', `${WORD_TYPE}.document.main+xml`],
      ['word/styles.xml', `${WORD_TYPE}.styles+xml`],
      ['word/numbering.xml', `${WORD_TYPE}.numbering+xml`],
    ]),
    'word/_rels/document.xml.rels': relationships([
      ['rId1', 'styles', 'styles.xml'],
      ['rId2', 'numbering', 'numbering.xml'],
    ]),
    'word/styles.xml': `${HEAD}<w:styles xmlns:w="${WORD}">` +
      '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>' +
      '</w:styles>',
    'word/numbering.xml': `${HEAD}<w:numbering xmlns:w="${WORD}"><w:abstractNum ` +
      'w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>' +
      '</w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
    'word/document.xml': `${HEAD}<w:document xmlns:w="${WORD}"><w:body>` +
      `${paragraphs.map(wordParagraph).join('')}${body}</w:body></w:document>`,
  });
}

/** A part of a package beside its main one. */
export interface OfficePart {
  /** Id of its relationship. */
  readonly id: string;
  /** Last segment of the relationship's type. */
  readonly type: string;
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** A Word document of its XML; `parts` lie in its folder, the names `w`, `r`, `m`, … are declared. */
export function makeWordPackage(body: string, parts: readonly OfficePart[] = []): Uint8Array {
  return zip({
    ...packageOf('word/document.xml', [['word/document.xml', `${WORD_TYPE}.document.main+xml`]]),
    'word/document.xml': wordXml('document', `<w:body>${body}</w:body>`),
    'word/_rels/document.xml.rels': relationships(
      parts.map(({ id, type, name }) => [id, type, name] as const),
    ),
    ...Object.fromEntries(parts.map(({ name, content }) => [`word/${name}`, content])),
  });
}

/** The XML of one part of a Word document. */
export function wordXml(root: string, content: string): string {
  return `${HEAD}<w:${root} xmlns:w="${WORD}" xmlns:r="${OFFICE}" xmlns:a="${DRAWING}" ` +
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" ' +
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ' +
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" ' +
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" ' +
    `xmlns:v="urn:schemas-microsoft-com:vml">${content}</w:${root}>`;
}

/** A presentation whose slides are XML of shapes, each with parts of its own. */
export function makeSlides(
  slides: readonly { xml: string; attributes?: string; parts?: readonly OfficePart[] }[],
): Uint8Array {
  const entries: Record<string, string | Uint8Array> = {};
  slides.forEach(({ xml, attributes = '', parts = [] }, at) => {
    entries[`ppt/slides/slide${at + 1}.xml`] = `${HEAD}<p:sld xmlns:p="${POWERPOINT}" ` +
      `xmlns:a="${DRAWING}" xmlns:r="${OFFICE}" ${attributes}><p:cSld><p:spTree>${xml}</p:spTree>` +
      '</p:cSld></p:sld>';
    entries[`ppt/slides/_rels/slide${at + 1}.xml.rels`] = relationships(
      parts.map(({ id, type, name }) => [id, type, `../${name}`] as const),
    );
    for (const { name, content } of parts) entries[`ppt/${name}`] = content;
  });
  const ids = slides.map((_, at) => `<p:sldId id="${256 + at}" r:id="rId${at + 1}"/>`).join('');
  return zip({
    ...packageOf('ppt/presentation.xml', [
      ['ppt/presentation.xml', `${POWERPOINT_TYPE}.presentation.main+xml`],
    ]),
    'ppt/_rels/presentation.xml.rels': relationships(
      slides.map((_, at) => [`rId${at + 1}`, 'slide', `slides/slide${at + 1}.xml`] as const),
    ),
    'ppt/presentation.xml': `${HEAD}<p:presentation xmlns:p="${POWERPOINT}" xmlns:r="${OFFICE}">` +
      `<p:sldIdLst>${ids}</p:sldIdLst></p:presentation>`,
    ...entries,
  });
}

function wordParagraph(text: string): string {
  const [, mark, rest] = /^(# |- )?([^]*)$/.exec(text)!;
  const list = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>';
  const style = mark === '# ' ? '<w:pStyle w:val="berschrift1"/>' : mark === '- ' ? list : '';
  return `<w:p><w:pPr>${style}</w:pPr><w:r><w:t xml:space="preserve">${
    escapeXml(rest!)
  }</w:t></w:r></w:p>`;
}

/** A presentation whose slides are stored in reverse, so that names do not give the order away. */
export function makePptx(slides: readonly Slide[]): Uint8Array {
  const file = (at: number) => slides.length - at;
  const entries: Record<string, string> = {};
  slides.forEach((slide, at) => {
    const name = `slide${file(at)}.xml`;
    entries[`ppt/slides/${name}`] = shapes('sld', [
      ['title', slide.title ? [slide.title] : []],
      ['body', slide.lines ?? []],
      ['sldNum', [String(at + 1)]],
    ]);
    if (slide.notes === undefined) return;
    entries[`ppt/slides/_rels/${name}.rels`] = relationships([
      ['rId1', 'notesSlide', `../notesSlides/notes${file(at)}.xml`],
    ]);
    entries[`ppt/notesSlides/notes${file(at)}.xml`] = shapes('notes', [['body', [slide.notes]]]);
  });
  const ids = slides.map((_, at) => `<p:sldId id="${256 + at}" r:id="rId${at + 1}"/>`).join('');
  const parts = Object.keys(entries).filter((name) => !name.endsWith('.rels')).map((name) =>
    [name, `${POWERPOINT_TYPE}.${name.includes('notes') ? 'notesSlide' : 'slide'}+xml`] as const
  );
  return zip({
    ...packageOf('ppt/presentation.xml', [
      ['ppt/presentation.xml', `${POWERPOINT_TYPE}.presentation.main+xml`],
      ...parts,
    ]),
    'ppt/_rels/presentation.xml.rels': relationships(
      slides.map((_, at) => [`rId${at + 1}`, 'slide', `slides/slide${file(at)}.xml`]),
    ),
    'ppt/presentation.xml': `${HEAD}<p:presentation xmlns:p="${POWERPOINT}" xmlns:r="${OFFICE}">` +
      `<p:sldIdLst>${ids}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>`,
    ...entries,
  });
}

function shapes(root: string, list: readonly (readonly [string, readonly string[]])[]): string {
  const tree = list.map(([type, lines], at) =>
    `<p:sp><p:nvSpPr><p:cNvPr id="${at + 2}" name="${type}"/><p:cNvSpPr/><p:nvPr><p:ph ` +
    `type="${type}"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>${
      lines.map((line) => `<a:p><a:r><a:t>${escapeXml(line)}</a:t></a:r></a:p>`).join('') ||
      '<a:p/>'
    }</p:txBody></p:sp>`
  ).join('');
  return `${HEAD}<p:${root} xmlns:p="${POWERPOINT}" xmlns:a="${DRAWING}" xmlns:r="${OFFICE}">` +
    '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/>' +
    `</p:nvGrpSpPr><p:grpSpPr/>${tree}</p:spTree></p:cSld></p:${root}>`;
}

function packageOf(
  main: string,
  parts: readonly (readonly [string, string])[],
): Record<string, string> {
  const overrides = parts.map(([name, type]) =>
    `<Override PartName="/${name}" ContentType="${type}"/>`
  );
  return {
    '[Content_Types].xml': `${HEAD}<Types ` +
      'xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default ' +
      'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`,
    '_rels/.rels': relationships([['rId1', 'officeDocument', main]]),
  };
}

function relationships(list: readonly (readonly [string, string, string])[]): string {
  const items = list.map(([id, type, target]) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
  );
  return `${HEAD}<Relationships ` +
    `xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${
      items.join('')
    }</Relationships>`;
}

/** The container of a Word document behind a password (MS-OFFCRYPTO); what is in it is noise. */
export function makeEncryptedDocx(): Uint8Array {
  return compoundFile(['EncryptionInfo', 'EncryptedPackage']);
}

/** A compound file that says of itself to be a Word 97 document. */
export function makeLegacyDoc(): Uint8Array {
  return compoundFile(['WordDocument', '1Table']);
}

function compoundFile(streams: readonly string[]): Uint8Array {
  const file = CFB.utils.cfb_new();
  for (const name of streams) CFB.utils.cfb_add(file, `/${name}`, new Uint8Array(5000).fill(0xa5));
  return new Uint8Array(CFB.write(file, { type: 'array' }) as ArrayLike<number>);
}
