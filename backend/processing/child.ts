/**
 * A child process that extracts files: one request a line on standard input, events as lines on
 * standard output. It ends with its input, so it never outlives the worker that started it.
 *
 * @module
 */
import { message, text } from '#contract/messages/catalogue.ts';
import { detectMediaType } from './detect.ts';
import { withDoubts } from './doubts.ts';
import { environmentFailureOf } from './environment.ts';
import { exceptionKey } from './exception-key.ts';
import { READING_LIMITS } from './limits.ts';
import { createOutbox } from './outbox.ts';
import { type ChildEvent, type ChildRequest, decodeLines, encodeLine } from './protocol.ts';
import { ProcessingError } from './processor.ts';
import { readerOf } from './reader-of.ts';
import { processorFor } from './registry.ts';
import { piecesOf } from './transcribe/pieces.ts';
import { withinLimits } from './within-limits.ts';

// Libraries that print must not disturb the protocol.
console.log = console.info = console.debug = console.error;

const output = Deno.stdout.writable.getWriter();
const send = createOutbox((event: ChildEvent) => output.write(encodeLine(event)));
const neverAborted = new AbortController().signal;

async function answer(request: ChildRequest): Promise<void> {
  if (request.type === 'detect') {
    const mediaType = await detectMediaType(request.path, request.name);
    return send({ type: 'detected', mediaType, ...readerOf(mediaType, request.elsewhere) });
  }
  const { input } = request;
  // An abort ends this whole process: see host.ts.
  const { limits = READING_LIMITS } = input;
  if (request.type === 'pieces') {
    for await (const event of piecesOf(input, neverAborted)) await send(event);
    return send({ type: 'done' });
  }
  const events = processorFor(input.mediaType).process(input, neverAborted);
  for await (const event of withDoubts(withinLimits(events, limits))) await send(event);
  await send({ type: 'done' });
}

function failure(error: unknown): ChildEvent {
  const environment = environmentFailureOf(error);
  if (environment) {
    console.error('The environment failed while a file was read:', error);
    const reason = text(`${error}`);
    return { type: 'failed', code: 'processing_failed', reason, environment };
  }
  if (error instanceof ProcessingError) {
    return { type: 'failed', code: error.code, reason: error.reason };
  }
  console.error('Unexpected failure while reading a file:', error);
  const exception = exceptionKey(error);
  const reason = message('reading_failed');
  return { type: 'failed', code: 'processing_failed', reason, exception };
}

let answered: Promise<unknown> = Promise.resolve();
for await (const request of decodeLines<ChildRequest>(Deno.stdin.readable)) {
  // Not awaited: the end of the input must be detected while a file is processed.
  answered = answered.then(() => answer(request).catch((error) => send(failure(error))));
}
Deno.exit(0);
