/**
 * Document type of an XML text, by the name and namespace of its first element.
 *
 * @module
 */
import { FICTION_BOOK } from './fiction-book.ts';

/** A document of OpenDocument in one file instead of a package (ODF 1.3 part 2, 1.4). */
export const FLAT = '-flat-xml';
/** Word 2003 XML, and the package of a newer document in one file. No registered name exists. */
export const WORD_XML = 'application/x-word+xml';
export const SVG = 'image/svg+xml';

/** Attributes of the root element that identify documents. */
const NAMESPACES: readonly (readonly [root: string, attributes: RegExp, type: string])[] = [
  ['Workbook', /urn:schemas-microsoft-com:office:spreadsheet/, 'application/vnd.ms-excel'],
  ['wordDocument', /schemas\.microsoft\.com\/office\/word\/2003/, WORD_XML],
  ['FictionBook', /fictionbook/i, FICTION_BOOK],
  ['svg', /./, SVG],
];
const OPEN_DOCUMENT = /mimetype\s*=\s*["'](application\/vnd\.oasis\.opendocument\.[a-z]+)/;

/** The media type, or null for XML of any other kind and for other text. */
export function xmlType(head: string): string | null {
  const start = head.replace(
    /^\s*(<\?[^]*?\?>\s*|<!--[^]*?-->\s*|<!DOCTYPE[^>[]*(\[[^\]]*\])?\s*>\s*)*/i,
    '',
  );
  const root = /^<(?:[\w.-]+:)?([\w.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)/.exec(start);
  if (!root) return null;
  const [, name = '', attributes = ''] = root;
  if (name === 'document' && OPEN_DOCUMENT.test(attributes)) {
    return `${OPEN_DOCUMENT.exec(attributes)![1]}${FLAT}`;
  }
  if (name === 'package' && /office\/2006\/xmlPackage/.test(attributes)) {
    return /progid\s*=\s*["']Word\./.test(head) ? WORD_XML : null;
  }
  return NAMESPACES.find(([root, mark]) => root === name && mark.test(attributes))?.[2] ?? null;
}
