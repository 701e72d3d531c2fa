/**
 * Limits on the extraction of one file, and the languages of its text recognition. A file that
 * exceeds a limit fails with its own reason, and the worker continues with the next.
 *
 * @module
 */

export interface ReadingLimits {
  /** Maximum memory of the extraction process. @default 2 GiB */
  readonly maxMemoryBytes: number;
  /** Maximum time of one attempt at a file. @default 43_200, which is 12 hours */
  readonly maxSeconds: number;
  /** Maximum time without progress. @default 300 */
  readonly maxSilenceSeconds: number;
  /** The same for documents, whose processors report more often. @default 120 */
  readonly maxDocumentSilenceSeconds: number;
  /** Pages, slides, sheets or chapters. @default 50_000 */
  readonly maxPages: number;
  /** Maximum unpacked bytes of an archive (Word, EPUB, …). @default 1 GiB */
  readonly maxUnpackedBytes: number;
  /** Maximum text of a file, in UTF-16 code units. @default 128 Mi */
  readonly maxTextBytes: number;
  /** Maximum length of a recording. @default 86_400, which is a day */
  readonly maxRecordingSeconds: number;
  /** Languages of text in images, as Tesseract names them. @default OCR_LANGUAGES */
  readonly ocrLanguages: readonly string[];
}

const MIB = 1024 * 1024;

/** German and English: ISO 639-2/T codes, the more frequent language first. */
export const OCR_LANGUAGES: readonly string[] = ['deu', 'eng'];

export const READING_LIMITS: ReadingLimits = {
  maxMemoryBytes: 2048 * MIB,
  maxSeconds: 12 * 60 * 60,
  maxSilenceSeconds: 300,
  maxDocumentSilenceSeconds: 120,
  maxPages: 50_000,
  maxUnpackedBytes: 1024 * MIB,
  maxTextBytes: 128 * MIB,
  maxRecordingSeconds: 24 * 60 * 60,
  ocrLanguages: OCR_LANGUAGES,
};
