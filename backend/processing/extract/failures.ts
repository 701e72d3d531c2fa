/**
 * Why a document cannot be read, in words that say what to do about it: one function a reason.
 *
 * @module
 */
import { ProcessingError } from '../processor.ts';

const AGAIN = 'open it in the program it was made with, save it anew and upload it again';

/** What people may upload instead; part of the message about an unknown type. */
const SUPPORTED = 'text, Markdown, HTML, CSV, JSON, XML, RTF, PDF, Word (.docx, .doc), ' +
  'PowerPoint (.pptx, .ppt), Excel (.xlsx, .xls), OpenDocument (.odt, .ods, .odp), EPUB, FB2, mail ' +
  '(.eml, .msg, .mbox, .mhtml), notebooks, subtitles, images, audio and video';

/** Types that people know by another name, and the way out where there is one. */
const KNOWN_TYPES: Readonly<Record<string, string>> = {
  'application/vnd.apple.pages': 'Pages documents cannot be read: export it as PDF or Word',
  'application/vnd.apple.numbers': 'Numbers tables cannot be read: export it as Excel or CSV',
  'application/vnd.apple.keynote':
    'Keynote presentations cannot be read: export it as PDF or PowerPoint',
  'image/heic': 'Photographs in the format HEIC cannot be read: export them as JPEG or PNG',
  'image/avif': 'Images in the format AVIF cannot be read: export them as JPEG or PNG',
  'application/zip': 'Archives are not unpacked: unpack it and upload the files in it',
  'application/octet-stream': 'What kind of file this is could not be recognised',
};

export function emptyFile(): ProcessingError {
  return new ProcessingError(
    'empty_file',
    'This file is empty (0 bytes): check the original and upload it again',
  );
}

/** @param what the format with its noun, e.g. `Word document` */
export function emptyText(what: string): ProcessingError {
  return new ProcessingError(
    'empty_text',
    `This ${what} was read without trouble, but there is no text in it`,
  );
}

export function brokenFile(what: string, cause?: unknown): ProcessingError {
  const message = `This ${what} is damaged or incomplete: ${AGAIN}`;
  return new ProcessingError('broken_file', message, { cause });
}

export function encryptedFile(what: string): ProcessingError {
  return new ProcessingError(
    'encrypted_file',
    `This ${what} is protected by a password: remove the password and upload it again`,
  );
}

export function imageOnly(): ProcessingError {
  return new ProcessingError(
    'image_only',
    'This PDF contains only pictures of pages (for example a scan), and no text was recognised on ' +
      'them: check that they are legible, and scan it again where they are not',
  );
}

export function xfaForm(): ProcessingError {
  return new ProcessingError(
    'unsupported_type',
    'This PDF is a dynamic XFA form (made with Adobe LiveCycle), whose pages exist only while Adobe ' +
      'Acrobat shows them: open it in Acrobat, print it to PDF and upload the result',
  );
}

export function tooLargeInside(what: string, limit: string): ProcessingError {
  return new ProcessingError(
    'too_large_inside',
    `This ${what} holds more than can be read at once (${limit}): split it and upload the pieces`,
  );
}

/** For a media type that no processor reads. */
export function unsupportedType(mediaType: string): ProcessingError {
  const known = KNOWN_TYPES[mediaType] ?? `Files of the type ${mediaType} cannot be read`;
  return new ProcessingError(
    'unsupported_type',
    `${known}. Files that can be read: ${SUPPORTED}`,
  );
}
