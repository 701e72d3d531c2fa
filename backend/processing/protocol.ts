/**
 * The protocol between a worker and its child process: JSON, one message a line.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { EnvironmentFailure } from './environment.ts';
import type { ProcessEvent, ProcessInput } from './processor.ts';
import type { Reach } from './transcribe/how-far.ts';

/** A processor outside of this process. */
export interface Elsewhere {
  readonly processor: string;
  readonly version: number;
  /** `application/pdf`, `image/*`, or `*` for all. */
  readonly mediaTypes: readonly string[];
}

export type ChildRequest =
  | {
    readonly type: 'detect';
    readonly path: string;
    readonly name: string;
    /** Media types that an external service processes instead. */
    readonly elsewhere?: Elsewhere | null;
  }
  | { readonly type: 'process'; readonly input: ProcessInput }
  /** Like `process`, for recordings whose words an external service recognises. */
  | { readonly type: 'pieces'; readonly input: ProcessInput };

/** A stretch of a recording for an external service to recognise. */
export interface Piece {
  readonly type: 'piece';
  /** Seconds from the beginning, and the sound as 16 kHz mono WAV in base64; null for silence. */
  readonly sound: { readonly start: number; readonly end: number; readonly wav: string } | null;
  /** Position of the checkpoint once this is done: samples. */
  readonly position: number;
  readonly reach: Reach;
  /** Shown once this is done. */
  readonly message: MessageDetails;
  /** @default none */
  readonly notices?: readonly Notice[];
}

/** Event of a recording that is only segmented; `parts` never occurs. */
export type PieceEvent = ProcessEvent | Piece;

/** Media type of a file and the processor of it. */
export interface Detected {
  readonly type: 'detected';
  readonly mediaType: string;
  readonly processor: string;
  readonly version: number;
  readonly step: 'extract' | 'transcribe';
}

export type ChildEvent =
  | PieceEvent
  | Detected
  | { readonly type: 'done' }
  | {
    readonly type: 'failed';
    readonly code: FailureCode;
    readonly reason: MessageDetails;
    /** Key of an unexpected exception. */
    readonly exception?: string | null;
    /** Failure of the environment instead of the file. */
    readonly environment?: EnvironmentFailure | null;
  };

const encoder = new TextEncoder();

/** One message as a line. */
export function encodeLine(message: ChildRequest | ChildEvent): Uint8Array {
  return encoder.encode(`${JSON.stringify(message)}\n`);
}

/** The messages of a stream; lines that are not JSON in braces (a library's print) are dropped. */
export async function* decodeLines<T>(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<T> {
  let rest = '';
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) yield JSON.parse(line) as T;
  }
}
