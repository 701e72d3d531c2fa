/**
 * Estimates of a file's work, and its progress by step.
 *
 * @module
 */
import type { Step } from '#contract/progress.ts';
import { BYTE, type PaceBook, secondsPer, START } from './pace.ts';

/** Bytes of audio per second, by media type: a guess until the recording is opened. */
const BYTES_PER_SECOND: readonly (readonly [RegExp, number])[] = [
  [/^audio\/(x-)?(wav|wave|vnd\.wave)/, 32_000],
  [/^audio\/(x-)?(flac|aiff)/, 60_000],
  [/^audio\//, 16_000],
  [/^video\//, 250_000],
];

/** The likely processor of a media type, before the bytes are inspected. */
const PROCESSORS: readonly (readonly [RegExp, string])[] = [
  [/^(audio|video)\//, 'speech'],
  [/\/pdf$/, 'pdf'],
  [/wordprocessingml/, 'docx'],
  [/presentationml/, 'pptx'],
  [/spreadsheet|ms-excel/, 'spreadsheet'],
  [/opendocument\.text/, 'odt'],
  [/opendocument\.presentation/, 'odp'],
  [/\/epub/, 'epub'],
  [/html/, 'html'],
  [/\/(csv|tab-separated-values)$/, 'csv'],
  [/json$/, 'json'],
  [/markdown$/, 'markdown'],
  [/rtf$/, 'rtf'],
];

/** Unread files of one media type. */
export interface Amount {
  readonly mediaType: string | null;
  /** Number of files; fractional if some are partly read. */
  readonly files: number;
  readonly bytes: number;
}

/** Expected seconds of work for unopened files: a fixed cost per file, and a cost per byte. */
export function expectedOf({ mediaType, files, bytes }: Amount, book: PaceBook = []): number {
  const is = ([pattern]: readonly [RegExp, unknown]) => pattern.test(mediaType ?? '');
  const processor = PROCESSORS.find(is)?.[1] ?? 'text';
  const rate = BYTES_PER_SECOND.find(is)?.[1];
  const reading = rate
    ? bytes / rate * secondsPer(book, processor, 'second')
    : bytes * secondsPer(book, processor, BYTE);
  return files * secondsPer(book, processor, START) + reading;
}

/** Expected seconds of work for a file; its weight in the session's progress. */
export function expectedSeconds(
  mediaType: string | null,
  size: number | null,
  book: PaceBook = [],
): number {
  return expectedOf({ mediaType, files: 1, bytes: size ?? 0 }, book);
}

/** Expected cost of a file of the matching media types. */
export interface Price {
  /** A regular expression, for JavaScript and PostgreSQL alike. */
  readonly pattern: string;
  /** Fixed seconds per file. */
  readonly start: number;
  /** Seconds per byte. */
  readonly per_byte: number;
}

/** {@link expectedOf} as a table, for statements about many files. The first match applies. */
export function prices(book: PaceBook): Price[] {
  const read = PROCESSORS.map(([type, processor]) => priceOf(type, processor, book));
  const heard = BYTES_PER_SECOND.map(([type, rate]) => ({
    pattern: type.source,
    start: secondsPer(book, 'speech', START),
    per_byte: secondsPer(book, 'speech', 'second') / rate,
  }));
  return [...heard, ...read, priceOf(/^/, 'text', book)];
}

const priceOf = (type: RegExp, processor: string, book: PaceBook): Price => ({
  pattern: type.source,
  start: secondsPer(book, processor, START),
  per_byte: secondsPer(book, processor, BYTE),
});

/** Start and end of each step in a file's progress, 0–1, without and with an upload. */
const SPANS: Record<'stored' | 'uploaded', Record<Step, readonly [number, number]>> = {
  stored: {
    upload: [0, 0],
    queue: [0, 0],
    extract: [0, 0.97],
    transcribe: [0, 0.97],
    index: [0.97, 1],
    run: [0, 1],
  },
  uploaded: {
    upload: [0, 0.1],
    queue: [0.1, 0.1],
    extract: [0.1, 0.97],
    transcribe: [0.1, 0.97],
    index: [0.97, 1],
    run: [0, 1],
  },
};

/** A file's progress (0–100) when `fraction` (0–1) of `step` is done. */
export function fileProgress(step: Step, fraction: number, withUpload: boolean): number {
  const [from, to] = SPANS[withUpload ? 'uploaded' : 'stored'][step];
  return 100 * (from + (to - from) * Math.min(1, Math.max(0, fraction || 0)));
}

/**
 * Share of a file's work that is done, 0–1, by its progress (0–100). The upload does not count as
 * work.
 */
export function workDone(progress: number, withUpload: boolean): number {
  const from = withUpload ? 100 * SPANS.uploaded.queue[1] : 0;
  return Math.min(1, Math.max(0, (progress - from) / (100 - from)));
}
