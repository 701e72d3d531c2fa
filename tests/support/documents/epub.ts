/**
 * EPUB 3 books.
 *
 * @module
 */
import { escapeXml, zip } from './archive.ts';

export interface Chapter {
  readonly title: string;
  /** Inside of the body. */
  readonly html: string;
}

/** A book; chapters are stored in reverse, so that only the spine tells their order. */
export function makeEpub(chapters: readonly Chapter[]): Uint8Array {
  const file = (at: number) => `chapter ${chapters.length - at}.xhtml`;
  const href = (at: number) => encodeURIComponent(file(at));
  const items = chapters.map((_, at) =>
    `<item id="c${at}" href="text/${href(at)}" media-type="application/xhtml+xml"/>`
  );
  const links = chapters.map(({ title }, at) =>
    `<li><a href="text/${href(at)}">${escapeXml(title)}</a></li>`
  );
  return zip({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<?xml version="1.0"?><container version="1.0" ' +
      'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile ' +
      'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    'OEBPS/book.opf': '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" ' +
      'version="3.0"><metadata/><manifest><item id="nav" properties="nav" href="nav.xhtml" ' +
      `media-type="application/xhtml+xml"/>${items.join('')}</manifest><spine>` +
      `${chapters.map((_, at) => `<itemref idref="c${at}"/>`).join('')}</spine></package>`,
    'OEBPS/nav.xhtml': page('Contents', `<nav><ol>${links.join('')}</ol></nav>`),
    ...Object.fromEntries(
      chapters.map(({ html }, at) => [`OEBPS/text/${file(at)}`, page('The book', html)]),
    ),
  });
}

function page(title: string, body: string): string {
  return '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>' +
    `<title>${title}</title></head><body>${body}</body></html>`;
}
