/**
 * What a worker and its child process say to each other: JSON, one message a line.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { EnvironmentFailure } from './environment.ts';
import type { ProcessEvent, ProcessInput } from './processor.ts';
import type { Reach } from './transcribe/how-far.ts';

/** A reader that is not one of this process. */
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
    /** Media types that another reader takes from us. */
    readonly elsewhere?: Elsewhere | null;
  }
  | { readonly type: 'process'; readonly input: ProcessInput }
  /** As `process`, for recordings whose words somebody else recognises. */
  | { readonly type: 'pieces'; readonly input: ProcessInput };

/** A stretch of a recording for somebody else to recognise. */
export interface Piece {
  readonly type: 'piece';
  /** Seconds from the beginning, and the sound as 16 kHz mono WAV in base64; null for silence. */
  readonly sound: { readonly start: number; readonly end: number; readonly wav: string } | null;
  /** Of a checkpoint once this is done: samples. */
  readonly position: number;
  readonly reach: Reach;
  /** Shown once this is done. */
  readonly message: MessageDetails;
  /** @default none */
  readonly notices?: readonly Notice[];
}

/** What comes of a recording that is cut only; `parts` never does. */
export type PieceEvent = ProcessEvent | Piece;

/** What the bytes of a file are and who reads them. */
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
    /** Key of an exception that was not expected. */
    readonly exception?: string | null;
    /** The environment failed, and not the file. */
    readonly environment?: EnvironmentFailure | null;
  };

const encoder = new TextEncoder();

/** One message as a line. */
export function encodeLine(message: ChildRequest | ChildEvent): Uint8Array {
  return encoder.encode(`${JSON.stringify(message)}\n`);
}

/** The messages of a stream; anything that is not JSON in braces (a library's print) is dropped. */
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
