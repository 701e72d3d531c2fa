/**
 * Limits per user, and limits of reading one file.
 *
 * @module
 */
import * as v from 'valibot';
import type { Limits } from '../access/limits.ts';
import { languagePath } from '../processing/extract/ocr/recogniser.ts';
import { OCR_LANGUAGES, type ReadingLimits } from '../processing/limits.ts';
import { MB, optional, positive } from './values.ts';

export const LimitVariables = v.object({
  MAX_UPLOAD_MB: positive(4096),
  MAX_USER_MB: optional,
  MAX_CONCURRENT_UPLOADS: optional,
  MAX_SESSION_FILES: positive(10_000),
  REQUESTS_PER_MINUTE: optional,
  POLLS_PER_MINUTE: optional,
  COUNT_REQUESTS_IN: v.optional(
    v.picklist(['memory', 'postgres'], 'must be memory or postgres'),
    'memory',
  ),
  MAX_FILE_MEMORY_MB: positive(2048),
  MAX_FILE_MINUTES: positive(720),
  MAX_FILE_SILENCE_SECONDS: positive(300),
  MAX_DOCUMENT_SILENCE_SECONDS: positive(120),
  MAX_FILE_PAGES: positive(50_000),
  MAX_FILE_UNPACKED_MB: positive(1024),
  MAX_FILE_TEXT_MB: positive(128),
  MAX_RECORDING_HOURS: positive(24),
  OCR_LANGUAGES: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z]{3}(_[a-z]+)*([,+][a-z]{3}(_[a-z]+)*)*$/, 'must be codes such as deu,eng'),
      v.transform((codes) => codes.split(/[,+]/)),
      v.check((codes) => codes.every((code) => languagePath(code) !== null), (issue) => {
        const missing = (issue.input as readonly string[]).filter((code) => !languagePath(code));
        return `needs the package @tesseract.js-data/${missing[0]}`;
      }),
    ),
    OCR_LANGUAGES.join(),
  ),
});
type Given = v.InferOutput<typeof LimitVariables>;

/** Omitted settings have the defaults of `createHeadway`, which differ for the one local user. */
export function limitsOf(settings: Given): Limits {
  return {
    maxUserBytes: settings.MAX_USER_MB && settings.MAX_USER_MB * MB,
    concurrentUploads: settings.MAX_CONCURRENT_UPLOADS,
    requestsPerMinute: settings.REQUESTS_PER_MINUTE,
    pollsPerMinute: settings.POLLS_PER_MINUTE,
    countIn: settings.COUNT_REQUESTS_IN,
    maxSessionFiles: settings.MAX_SESSION_FILES,
  };
}

export function readingOf(settings: Given): ReadingLimits {
  return {
    maxMemoryBytes: settings.MAX_FILE_MEMORY_MB * MB,
    maxSeconds: settings.MAX_FILE_MINUTES * 60,
    maxSilenceSeconds: settings.MAX_FILE_SILENCE_SECONDS,
    maxDocumentSilenceSeconds: settings.MAX_DOCUMENT_SILENCE_SECONDS,
    maxPages: settings.MAX_FILE_PAGES,
    maxUnpackedBytes: settings.MAX_FILE_UNPACKED_MB * MB,
    maxTextBytes: settings.MAX_FILE_TEXT_MB * MB,
    maxRecordingSeconds: settings.MAX_RECORDING_HOURS * 3600,
    ocrLanguages: settings.OCR_LANGUAGES,
  };
}
