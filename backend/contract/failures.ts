/**
 * Failure codes of files. Plain constants, so that a browser that only compares them loads no
 * schemas.
 *
 * @module
 */

/** Reasons of failed processing. Permanent unless listed in {@link PASSING_FAILURES}. */
export const FAILURES = [
  'empty_file',
  'empty_text',
  'broken_file',
  'encrypted_file',
  'image_only',
  'no_audio',
  'unsupported_type',
  'unsupported_language',
  'too_large_inside',
  'too_much_memory',
  'too_slow',
  'bytes_missing',
  'upload_lost',
  'stalled',
  'service_refused',
  'service_unavailable',
  'access_revoked',
  'job_failed',
  'processing_failed',
] as const;
export type FailureCode = (typeof FAILURES)[number];

/** Temporary failures: another attempt may succeed. */
export const PASSING_FAILURES: readonly FailureCode[] = [
  'processing_failed',
  'service_unavailable',
  'stalled',
];

/** `data.error_code` of a file whose processing was cancelled, which is no failure of the file. */
export const CANCELLED = 'cancelled';
