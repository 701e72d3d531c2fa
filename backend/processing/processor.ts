/**
 * What a processor is: reads one file and yields its text part by part, each with a checkpoint.
 * Processing knows no database, no HTTP and no environment.
 *
 * @module
 */
import type { PartKind } from '#contract/files.ts';
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { ReadingLimits } from './limits.ts';

/** A JSON value that says where to go on; only its own processor understands it. */
export type Checkpoint = { readonly [key: string]: unknown };

export interface ProcessInput {
  /** Absolute path of the bytes. */
  readonly path: string;
  /** Name as the person knows it, for messages and as a hint of the format. */
  readonly name: string;
  /** Media type as found by {@link "./detect.ts"}; never trusted from the client. */
  readonly mediaType: string;
  /** BCP 47 tag that the person declared, if any. */
  readonly language?: string | null;
  /** A folder of this job that survives restarts, for files derived on the way. May not exist yet. */
  readonly workDir: string;
  /** The last checkpoint that was stored, or null for a fresh start. */
  readonly checkpoint: Checkpoint | null;
  /** Folder where models prepared from installed packages are kept between runs. */
  readonly modelDir: string;
  /** @default READING_LIMITS */
  readonly limits?: ReadingLimits;
}

/** A finished piece of text. Its index is its place in the file, counted from 0. */
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

export type ProcessEvent =
  /** Once, as soon as it is known: how much there is, in `unit`s (page, second, byte, …). */
  | { readonly type: 'size'; readonly total: number; readonly unit: string }
  /** How far it is, 0–1, and what is being done. Never goes back. */
  | { readonly type: 'progress'; readonly fraction: number; readonly message: MessageDetails }
  /**
   * Parts that are done, and the checkpoint to go on from once they are stored. An empty `parts`
   * moves the checkpoint only (silence in a recording, say).
   */
  | {
    readonly type: 'parts';
    readonly parts: readonly ProcessedPart[];
    readonly checkpoint: Checkpoint;
    readonly fraction: number;
    readonly message: MessageDetails;
    /** Remarks on these parts, and on what is missing since the last checkpoint. @default none */
    readonly notices?: readonly Notice[];
  };

/** Reads files of some media types. Stateless; `process` may be called again with a checkpoint. */
export interface Processor {
  /** Stable name, e.g. `pdf`. */
  readonly id: string;
  /** Raised when the same bytes would give another text; part of what counts as processed. */
  readonly version: number;
  readonly step: 'extract' | 'transcribe';
  readonly mediaTypes: readonly string[];
  /**
   * Yields events until everything is read; throws {@link ProcessingError} where the file is at
   * fault. Stops soon after `signal` aborts, by throwing its reason. The concatenation of parts of
   * a resumed run equals that of an undisturbed one.
   */
  process(input: ProcessInput, signal: AbortSignal): AsyncIterable<ProcessEvent>;
}

export interface ProcessingErrorOptions extends ErrorOptions {
  /** Key of the exception behind it: see {@link "./exception-key.ts"}. */
  readonly exception?: string | null;
  /** The file ended the process that read it, or stopped it for too long. */
  readonly suspect?: boolean;
}

/** A file that cannot be read; `reason` says why and what the person can do. */
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
