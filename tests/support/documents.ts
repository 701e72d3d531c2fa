/**
 * Real documents, made at test time as bytes. Paragraphs that begin with `# ` are headings, those
 * with `- ` list items, in every format that knows them.
 *
 * @module
 */
export {
  makeEncryptedPdf,
  makeHugePdf,
  makeImageOnlyPdf,
  makePdf,
  makeScannedPdf,
} from './documents/pdf.ts';
export {
  makeDocx,
  makeEncryptedDocx,
  makeLegacyDoc,
  makePptx,
  makeSlides,
  makeWordPackage,
  type OfficePart,
  type Slide,
  wordXml,
} from './documents/office.ts';
export { makeEncryptedOdt, makeOdp, makeOdt, makeStyledOdt } from './documents/open-document.ts';
export { makeOds, makeXls, makeXlsb, makeXlsx, type Sheets } from './documents/spreadsheet.ts';
export { type Chapter, makeEpub } from './documents/epub.ts';
export { makeZipBomb, truncated, withMainType, zip } from './documents/archive.ts';
export { makeFb2, makeNotebook, makeSrt, readLegacy } from './documents/books.ts';
export { type Letter, makeEml, makeMbox, makeMhtml, makeMsg } from './documents/mail.ts';
