/**
 * Names of the files that are attached to a PDF.
 *
 * @module
 */
import type { Piece } from '../walk.ts';
import type { PdfDocument } from './document.ts';

const MOST_NAMES = 1_000;
const LABEL = 'Attachments';

/** One section with a name a line, or none. */
export function attachmentsOf({ pdfium, pointer }: PdfDocument): Piece[] {
  const { call } = pdfium;
  const count = Math.min(MOST_NAMES, Math.max(0, call.FPDFDoc_GetAttachmentCount(pointer)));
  const names = Array.from({ length: count }, (_, at) => {
    const attachment = call.FPDFDoc_GetAttachment(pointer, at);
    if (!attachment) return '';
    return pdfium.text((buffer, bytes) => call.FPDFAttachment_GetName(attachment, buffer, bytes));
  }).filter((name) => name.trim() !== '');
  if (names.length === 0) return [];
  return [{ kind: 'section', label: LABEL, text: `${LABEL}:\n${names.join('\n')}` }];
}
