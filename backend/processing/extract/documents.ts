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
import { htmlProcessor } from './html.ts';
import { jsonProcessor } from './json.ts';
import { markdownProcessor } from './markdown.ts';
import { odpProcessor, odtProcessor } from './open-document.ts';
import { pdfProcessor } from './pdf.ts';
import { plainTextProcessor } from './plain-text.ts';
import { pptxProcessor } from './pptx.ts';
import { rtfProcessor } from './rtf.ts';
import { spreadsheetProcessor } from './spreadsheet.ts';

export const documentProcessors: readonly Processor[] = [
  plainTextProcessor, //       text, source code, subtitles, XML
  markdownProcessor,
  htmlProcessor,
  csvProcessor, //             CSV and TSV
  jsonProcessor,
  rtfProcessor,
  pdfProcessor,
  docxProcessor,
  pptxProcessor,
  spreadsheetProcessor, //     xlsx, xls, xlsb, ods
  odtProcessor,
  odpProcessor,
  epubProcessor,
  encryptedOfficeProcessor, // only says so
];
