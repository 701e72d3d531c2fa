/**
 * The interface of a processor: it extracts one file and yields its text part by part, each with a
 * checkpoint. Processing knows no database, no HTTP and no environment.
 *
 * @module
 */
import type { PartKind } from '#contract/files.ts';
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { ReadingLimits } from './limits.ts';

/** A JSON value to resume from; only its own processor understands it. */
export type Checkpoint = { readonly [key: string]: unknown };

export interface ProcessInput {
  /** Absolute path of the bytes. */
  readonly path: string;
  /** The user's name of the file, for messages and as a hint of the format. */
  readonly name: string;
  /** Media type found by {@link "./detect.ts"}; that of the client is never trusted. */
  readonly mediaType: string;
  /** BCP 47 tag that the user declared, if any. */
  readonly language?: string | null;
  /** A folder of this job that survives restarts, for derived files. May not exist yet. */
  readonly workDir: string;
  /** The last stored checkpoint, or null for a fresh start. */
  readonly checkpoint: Checkpoint | null;
  /** Cache folder of models prepared from installed packages. */
  readonly modelDir: string;
  /** @default READING_LIMITS */
  readonly limits?: ReadingLimits;
}

/** A finished piece of text. Its index is its position in the file, counted from 0. */
export interface ProcessedPart {
  readonly index: number;
  readonly kind: PartKind;
  readonly label: string | null;
  readonly text: string;
  /** Seconds from the beginning of a recording; null for documents. */
  readonly start: number | null;
  readonly end: number | null;
  /** Stands before it in the text of the file. @default a blank line, in recordings a line end */
  readonly separator?: string;
}

/** Length of parts in the text of their file, in UTF-16 code units. */
export function textLengthOf(parts: readonly ProcessedPart[]): number {
  return parts.reduce((sum, { separator = '', text }) => sum + separator.length + text.length, 0);
}

export type ProcessEvent =
  /** Total size in `unit`s (page, second, byte, …), once, as soon as it is known. */
  | { readonly type: 'size'; readonly total: number; readonly unit: string }
  /** Fraction of the work done, 0–1, and its description. Never decreases. */
  | { readonly type: 'progress'; readonly fraction: number; readonly message: MessageDetails }
  /**
   * Finished parts, and the checkpoint to resume from once they are stored. An empty `parts` moves
   * the checkpoint only (silence in a recording, for example).
   */
  | {
    readonly type: 'parts';
    readonly parts: readonly ProcessedPart[];
    readonly checkpoint: Checkpoint;
    readonly fraction: number;
    readonly message: MessageDetails;
    /**
     * Notices about these parts, and about content missing since the last checkpoint. @default none
     */
    readonly notices?: readonly Notice[];
  };

/**
 * Extracts files of some media types. Stateless; `process` may be called again with a checkpoint.
 */
export interface Processor {
  /** Stable name, e.g. `pdf`. */
  readonly id: string;
  /** Raised when the same bytes would give another text; part of the key of processed files. */
  readonly version: number;
  readonly step: 'extract' | 'transcribe';
  readonly mediaTypes: readonly string[];
  /**
   * Yields events until the whole file is extracted; throws {@link ProcessingError} if the file is
   * at fault. Stops soon after `signal` aborts, by throwing its reason. The concatenated parts of a
   * resumed run equal those of an uninterrupted one.
   */
  process(input: ProcessInput, signal: AbortSignal): AsyncIterable<ProcessEvent>;
}

export interface ProcessingErrorOptions extends ErrorOptions {
  /** Key of the exception behind it: see {@link "./exception-key.ts"}. */
  readonly exception?: string | null;
  /** True if the file ended the process that extracted it, or blocked it for too long. */
  readonly suspect?: boolean;
}

/** A file that cannot be extracted; `reason` gives the cause and the remedy. */
export class ProcessingError extends Error {
  override readonly name = 'ProcessingError';
  readonly exception: string | null;
  readonly suspect: boolean;
  constructor(
    readonly code: FailureCode,
    readonly reason: MessageDetails,
    options: ProcessingErrorOptions = {},
  ) {
    const { exception = null, suspect = false, ...rest } = options;
    super(formatMessage(reason), rest);
    this.exception = exception;
    this.suspect = suspect;
  }
}
