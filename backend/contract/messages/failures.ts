/**
 * Messages of failed files and jobs: the reason, and the remedy.
 *
 * @module
 */
import type { MessageDetails, None, TextsOf } from './shape.ts';

/** Common name of a file's type. */
export type DocumentKind =
  | 'file'
  | 'archive'
  | 'pdf'
  | 'image'
  | 'word'
  | 'powerpoint'
  | 'spreadsheet'
  | 'office'
  | 'opendocument_text'
  | 'opendocument_presentation'
  | 'epub'
  | 'rtf'
  | 'legacy_office'
  | 'fiction_book'
  | 'notebook'
  | 'subtitles'
  | 'mail'
  | 'mailbox'
  | 'outlook_message'
  | 'markdown'
  | 'web_page'
  | 'json'
  | 'table';

/** Unit of a limit. */
export type LimitUnit = 'entries' | 'megabytes' | 'unpacked_megabytes';

export interface FailureMessages {
  empty_file: None;
  empty_recording: { readonly name: string };
  empty_document: { readonly what: DocumentKind };
  no_speech: { readonly name: string };
  nothing_analysed: None;
  damaged_document: { readonly what: DocumentKind };
  unclosed_quotation: { readonly row: number };
  damaged_recording: { readonly name: string };
  implausible_recording: { readonly name: string };
  encrypted_document: { readonly what: DocumentKind };
  image_only: None;
  dynamic_form: None;
  too_large_document: {
    readonly what: DocumentKind;
    readonly most: number;
    readonly unit: LimitUnit;
  };
  too_deep: { readonly most: number };
  /** `unit`: page, slide, sheet or chapter. */
  too_many_units: { readonly most: number; readonly unit: string };
  too_much_text: { readonly megabytes: number };
  too_long_recording: { readonly name: string; readonly hours: number };
  unsupported_type: { readonly media_type: string };
  needs_ffmpeg: { readonly name: string; readonly what: string };
  unknown_codec: { readonly name: string; readonly codec: string };
  no_sound: { readonly name: string };
  /** `language`: BCP 47 tag, as declared. */
  unsupported_language: { readonly name: string; readonly language: string };
  too_much_memory: { readonly megabytes: number };
  too_slow: { readonly seconds: number };
  reading_stalled: { readonly seconds: number };
  job_stalled: { readonly seconds: number };
  ended_workers: None;
  file_deleted: None;
  bytes_gone: None;
  upload_absent: None;
  upload_interrupted: None;
  upload_expired: None;
  reading_failed: None;
  right_to_read_revoked: None;
  right_to_add_revoked: None;
  /** `what`: result or checkpoint. */
  job_data_too_large: { readonly what: 'result' | 'checkpoint' };
  report_file_absent: None;
  report_knowledge_gone: None;
  /** `reason`: the failure of the service that was waited for. */
  given_up_after: { readonly reason: MessageDetails; readonly seconds: number };
}

const DOCUMENTS: Readonly<Record<DocumentKind, string>> = {
  file: 'file',
  archive: 'archive',
  pdf: 'PDF',
  image: 'image',
  word: 'Word document',
  powerpoint: 'PowerPoint presentation',
  spreadsheet: 'spreadsheet',
  office: 'Office document',
  opendocument_text: 'OpenDocument text',
  opendocument_presentation: 'OpenDocument presentation',
  epub: 'EPUB book',
  rtf: 'RTF document',
  legacy_office: 'Office 97–2003 document',
  fiction_book: 'FictionBook',
  notebook: 'notebook',
  subtitles: 'subtitle file',
  mail: 'mail message',
  mailbox: 'mailbox',
  outlook_message: 'Outlook message',
  markdown: 'Markdown file',
  web_page: 'web page',
  json: 'JSON file',
  table: 'table',
};

const LIMITS: Readonly<Record<LimitUnit, (most: number) => string>> = {
  entries: (most) => `more than ${most} entries`,
  megabytes: (most) => `more than ${most} MB`,
  unpacked_megabytes: (most) => `more than ${most} MB unpacked`,
};

const SAVE_ANEW = 'open it in the program it was made with, save it anew and upload it again';
const SPLIT = 'split it and upload the pieces';

/** File types to upload instead. */
const SUPPORTED = 'text, Markdown, HTML, CSV, JSON, XML, RTF, PDF, Word (.docx, .doc), ' +
  'PowerPoint (.pptx, .ppt), Excel (.xlsx, .xls), OpenDocument (.odt, .ods, .odp), EPUB, FB2, mail ' +
  '(.eml, .msg, .mbox, .mhtml), notebooks, subtitles, images, audio and video';

/** Common names of types, and a remedy where there is one. */
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

export const failuresEnglish: TextsOf<FailureMessages> = {
  empty_file: () => 'This file is empty (0 bytes): check the original and upload it again',
  empty_recording: ({ name }) => `${name} is empty: it has no bytes`,
  empty_document: ({ what }) =>
    `This ${DOCUMENTS[what]} was read without trouble, but there is no text in it`,
  no_speech: ({ name }) => `No speech was found in ${name}`,
  nothing_analysed: () => 'The analysis service found no text in this file',
  damaged_document: ({ what }) => `This ${DOCUMENTS[what]} is damaged or incomplete: ${SAVE_ANEW}`,
  unclosed_quotation: ({ row }) =>
    `This table cannot be read beyond row ${row}: a quotation mark there is never ` +
    'closed, put it right and upload the file again',
  damaged_recording: ({ name }) =>
    `${name} could not be decoded: the file is damaged or not a recording. Check that it plays, ` +
    'and upload it again or convert it to MP3, M4A or WAV',
  implausible_recording: ({ name }) =>
    `${name} decodes to far more sound than such a file can hold: it is damaged, or its sound ` +
    'is of a kind that is not understood. Convert it to MP3, M4A or WAV and upload that',
  encrypted_document: ({ what }) =>
    `This ${DOCUMENTS[what]} is protected by a password: remove the password and upload it again`,
  image_only: () =>
    'This PDF contains only pictures of pages (for example a scan), and no text was recognised on ' +
    'them: check that they are legible, and scan it again where they are not',
  dynamic_form: () =>
    'This PDF is a dynamic XFA form (made with Adobe LiveCycle), whose pages exist only while Adobe ' +
    'Acrobat shows them: open it in Acrobat, print it to PDF and upload the result',
  too_large_document: ({ what, most, unit }) =>
    `This ${DOCUMENTS[what]} holds more than can be read at once (${LIMITS[unit](most)}): ${SPLIT}`,
  too_deep: ({ most }) =>
    `Elements of this document are nested more than ${most} deep: ${SAVE_ANEW}`,
  too_many_units: ({ most, unit }) => `This file holds more than ${most} ${unit}s: ${SPLIT}`,
  too_much_text: ({ megabytes }) => `This file holds more than ${megabytes} MB of text: ${SPLIT}`,
  too_long_recording: ({ name, hours }) =>
    `${name} is longer than the ${hours} hours that are allowed: ${SPLIT}`,
  unsupported_type: ({ media_type: type }) =>
    `${KNOWN_TYPES[type] ?? `Files of the type ${type} cannot be read`}. ` +
    `Files that can be read: ${SUPPORTED}`,
  needs_ffmpeg: ({ name, what }) =>
    `${name} can only be read where ffmpeg is installed (${what}): ` +
    'ask the operator to install it, or convert the file to MP3, M4A or WAV',
  unknown_codec: ({ name, codec }) =>
    `${name} holds sound that the installed ffmpeg cannot decode (${codec}): ` +
    'convert it to MP3, M4A or WAV',
  no_sound: ({ name }) => `${name} has no sound, so there is nothing to transcribe`,
  unsupported_language: ({ name, language }) =>
    `${name} is declared to be in ${languageName(language, 'en')}, and the built-in speech model ` +
    'reads English only. For other languages a remote transcription service has to be configured ' +
    '(TRANSCRIPTION_ENDPOINT); if it is in English after all, change its language',
  too_much_memory: ({ megabytes }) =>
    `Reading this file takes more memory than the ${megabytes} MB that are allowed: ${SPLIT}`,
  too_slow: ({ seconds }) =>
    `Reading this file takes longer than the ${
      seconds >= 60 ? `${+(seconds / 60).toFixed(1)} minutes` : `${seconds} s`
    } that are allowed: ${SPLIT}`,
  reading_stalled: ({ seconds }) => `Reading stopped: no progress for ${seconds} seconds`,
  job_stalled: ({ seconds }) => `The job stopped: no progress for ${seconds} seconds`,
  ended_workers: () => 'This work ended its worker again and again; it was given up',
  file_deleted: () => 'The file was deleted',
  bytes_gone: () => 'The file is gone. Please upload it again',
  upload_absent: () => 'The file did not arrive. Please upload it again',
  upload_interrupted: () =>
    'The upload broke off. Choose the file again, and it goes on where it stopped',
  upload_expired: () =>
    'What was sent of this file was kept as long as allowed. Please send it again',
  reading_failed: () => 'Reading this file failed unexpectedly',
  right_to_read_revoked: () =>
    'The right to read what this job is about was revoked. Ask its owner for access, then try again',
  right_to_add_revoked: () =>
    'The right to add this file to the knowledge base was revoked. Ask its owner for access, then ' +
    'try again',
  job_data_too_large: ({ what }) => `The ${what} of this job is too large to be kept`,
  report_file_absent: () => 'The file is not in this knowledge base',
  report_knowledge_gone: () => 'The knowledge base is gone',
  given_up_after: ({ reason, seconds }, say) =>
    `${say(reason)}; given up after ${
      seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`
    }`,
};

/** `German (de)`, or the tag itself if it is invalid. */
export function languageName(tag: string, locale: string): string {
  try {
    const name = new Intl.DisplayNames(locale, { type: 'language' }).of(tag);
    return name && name !== tag ? `${name} (${tag})` : tag;
  } catch {
    return JSON.stringify(tag);
  }
}
