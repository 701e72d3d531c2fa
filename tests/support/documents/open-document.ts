/**
 * OpenDocument texts and presentations.
 *
 * @module
 */
import { escapeXml, zip } from './archive.ts';
import type { Slide } from './office.ts';

const TYPE = 'application/vnd.oasis.opendocument';
const NAMESPACES = ['office', 'style', 'text', 'table', 'presentation', 'chart', 'manifest']
  .map((name) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`).join(' ') +
  ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"' +
  ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"' +
  ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"';

/** A text; `body` is XML that follows the paragraphs. */
export function makeOdt(paragraphs: readonly string[], body = ''): Uint8Array {
  return makePackage('text', paragraphs.map(textParagraph).join('') + body);
}

/** A text with styles of its own before its body, and those of its pages in `styles.xml`. */
export function makeStyledOdt(
  { automatic = '', styles = '', body, objects = {} }: {
    automatic?: string;
    styles?: string;
    body: string;
    /** Content of objects by the name of their folder. */
    objects?: Record<string, string>;
  },
): Uint8Array {
  const folders = Object.entries(objects).map(([name, xml]) => [`${name}/content.xml`, xml]);
  return makePackage('text', body, '', {
    automatic,
    entries: {
      'styles.xml': `<office:document-styles ${NAMESPACES}>${styles}</office:document-styles>`,
      ...Object.fromEntries(folders),
    },
  });
}

/** A text whose manifest says that its content is encrypted. */
export function makeEncryptedOdt(): Uint8Array {
  const encryption = '<manifest:encryption-data manifest:checksum="x"/>';
  return makePackage('text', textParagraph('secret'), encryption);
}

export function makeOdp(slides: readonly Slide[]): Uint8Array {
  return makePackage('presentation', slides.map(page).join(''));
}

function textParagraph(text: string): string {
  const inner = escapeXml(text.replace(/^(# |- )/, ''));
  if (text.startsWith('# ')) return `<text:h text:outline-level="1">${inner}</text:h>`;
  const paragraph = `<text:p>${inner}</text:p>`;
  return text.startsWith('- ')
    ? `<text:list><text:list-item>${paragraph}</text:list-item></text:list>`
    : paragraph;
}

function page({ title, lines, notes }: Slide, at: number): string {
  return `<draw:page draw:name="page${at + 1}">${title ? frame('title', [title]) : ''}` +
    `${lines?.length ? frame('outline', lines) : ''}` +
    `${notes ? `<presentation:notes>${frame('notes', [notes])}</presentation:notes>` : ''}` +
    '</draw:page>';
}

function frame(kind: string, lines: readonly string[]): string {
  return `<draw:frame presentation:class="${kind}" svg:width="20cm" svg:height="3cm">` +
    `<draw:text-box>${lines.map(textParagraph).join('')}</draw:text-box></draw:frame>`;
}

interface Additions {
  readonly automatic?: string;
  readonly entries?: Readonly<Record<string, string>>;
}

function makePackage(
  kind: 'text' | 'presentation',
  body: string,
  entryData = '',
  { automatic = '', entries = {} }: Additions = {},
): Uint8Array {
  return zip({
    mimetype: `${TYPE}.${kind}`,
    'META-INF/manifest.xml': `<?xml version="1.0"?><manifest:manifest ${NAMESPACES} ` +
      `manifest:version="1.3"><manifest:file-entry manifest:full-path="/" ` +
      `manifest:media-type="${TYPE}.${kind}"/><manifest:file-entry ` +
      `manifest:full-path="content.xml" manifest:media-type="text/xml">${entryData}` +
      '</manifest:file-entry></manifest:manifest>',
    'content.xml': `<?xml version="1.0"?><office:document-content ${NAMESPACES} ` +
      `office:version="1.3"><office:automatic-styles>${automatic}</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body>` +
      '</office:document-content>',
    ...entries,
  });
}
