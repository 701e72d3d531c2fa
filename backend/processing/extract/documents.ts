/**
 * All processors of documents.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { csvProcessor } from './csv.ts';
import { docxProcessor } from './docx.ts';
import { encryptedOfficeProcessor } from './encrypted-office.ts';
import { epubProcessor } from './epub.ts';
import { fictionBookProcessor } from './fiction-book.ts';
import { htmlProcessor } from './html.ts';
import { imageProcessor } from './image.ts';
import { jsonProcessor } from './json.ts';
import { legacyOfficeProcessor } from './legacy-office.ts';
import { mailboxProcessor, mailProcessor } from './mail.ts';
import { markdownProcessor } from './markdown.ts';
import { notebookProcessor } from './notebook.ts';
import { odpProcessor, odtProcessor } from './open-document.ts';
import { outlookProcessor } from './outlook.ts';
import { pdfProcessor } from './pdf.ts';
import { plainTextProcessor } from './plain-text.ts';
import { pptxProcessor } from './pptx.ts';
import { rtfProcessor } from './rtf.ts';
import { spreadsheetProcessor } from './spreadsheet.ts';
import { subtitleProcessor } from './subtitles.ts';

export const documentProcessors: readonly Processor[] = [
  plainTextProcessor, //       text, source code, other XML
  markdownProcessor,
  htmlProcessor, //            pages and drawings (SVG)
  csvProcessor, //             CSV and TSV
  jsonProcessor,
  rtfProcessor,
  pdfProcessor,
  imageProcessor, //           pictures of text
  docxProcessor,
  pptxProcessor,
  spreadsheetProcessor, //     xlsx, xls, xlsb, ods
  odtProcessor,
  odpProcessor,
  epubProcessor,
  fictionBookProcessor, //     FB2
  mailProcessor, //            eml, mht
  mailboxProcessor, //         mbox
  outlookProcessor, //         msg
  notebookProcessor,
  subtitleProcessor, //        srt, vtt, ass
  legacyOfficeProcessor, //    doc, ppt
  encryptedOfficeProcessor, // only says so
];
