/**
 * What a worker and its child process say to each other: JSON, one message a line.
 *
 * @module
 */
import type { FailureCode } from '#contract/problem.ts';
import type { ProcessEvent, ProcessInput } from './processor.ts';

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
  | { readonly type: 'process'; readonly input: ProcessInput };

/** What the bytes of a file are and who reads them. */
export interface Detected {
  readonly type: 'detected';
  readonly mediaType: string;
  readonly processor: string;
  readonly version: number;
  readonly step: 'extract' | 'transcribe';
}

export type ChildEvent =
  | ProcessEvent
  | Detected
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly code: FailureCode; readonly message: string };

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
