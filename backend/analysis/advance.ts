/**
 * One step of one operation: submit it, or ask how it stands, and write down what came of it.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { AnalysisClient, AnalysisInput } from './client.ts';
import {
  beginSubmit,
  cancel,
  type DueOperation,
  fail,
  type OperationFailure,
  storeAttempt,
  storeLocation,
  storePoll,
  submitAnew,
  succeed,
} from './operations.ts';
import { nextAttemptSeconds, nextPollSeconds } from './pace.ts';

/** Bytes of a file of ours by their path; null where they are gone. */
export type ReadBytes = (path: string) => Promise<ReadableStream<Uint8Array> | null>;

export interface AdvanceContext {
  readonly db: Database;
  readonly readBytes: ReadBytes;
  readonly client: AnalysisClient;
  /** Results and reasons are kept for so long. */
  readonly keepSeconds: number;
  /** An operation that takes longer than this has failed. */
  readonly budgetSeconds: number;
  /** Nothing is asked more often. */
  readonly leastSeconds: number;
  readonly random: () => number;
}

/** Submits that may have reached the service unheard, before nobody dares to submit again. */
const MOST_UNSURE = 2;
/** Of a proxy that gave up waiting: the service behind it may have heard. */
const GATEWAY = [408, 502, 504];

/** Throws the signal's reason after an abort; a lease that is lost changes nothing. */
export async function advance(
  context: AdvanceContext,
  operation: DueOperation,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (operation.unwanted) await cancel(context.db.orm, operation, context.keepSeconds);
    else if (operation.elapsed > context.budgetSeconds) {
      const limit = `${+(context.budgetSeconds / 60).toFixed(1)} minutes`;
      const error = `${context.client.title} did not finish within ${limit}`;
      await end(context, operation, 'unavailable', error);
    } else if (operation.location === null) await submit(context, operation, signal);
    else await poll(context, operation, operation.location, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RemoteError)) throw error;
    await judge(context, operation, error);
  }
}

async function submit(
  context: AdvanceContext,
  operation: DueOperation,
  signal: AbortSignal,
): Promise<void> {
  const { db, client } = context;
  if (operation.unsure >= MOST_UNSURE) {
    const error = `It is not known whether ${lowered(client.title)} has taken this. Ask again`;
    return await end(context, operation, 'unavailable', error);
  }
  const input = await inputOf(context, operation);
  if (!input) return await end(context, operation, 'refused', 'The file is gone');
  try {
    if (!(await beginSubmit(db.orm, operation))) return;
    const { location, retryAfterSeconds } = await client.submit(
      operation.analyzer,
      input,
      operation.request_id,
      signal,
    );
    const seconds = nextPollSeconds({ ...moment(context), elapsedSeconds: 0, retryAfterSeconds });
    await storeLocation(db.orm, operation, { location, seconds, message: atWork(client) });
  } finally {
    // Bytes that were not sent are let go of; those that were are done with.
    if ('body' in input) await input.body.cancel().catch(() => {});
  }
}

async function poll(
  context: AdvanceContext,
  operation: DueOperation,
  location: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, client, keepSeconds } = context;
  const state = await client.poll(location, { signal });
  if (state.status === 'succeeded') {
    const result = JSON.stringify(state.result);
    await succeed(db.orm, operation, { result, keepSeconds });
  } else if (state.status === 'failed') {
    await end(context, operation, 'failed', `${client.title} failed: ${state.reason}`);
  } else {
    const { retryAfterSeconds } = state;
    const elapsedSeconds = operation.elapsed;
    const seconds = nextPollSeconds({ ...moment(context), elapsedSeconds, retryAfterSeconds });
    await storePoll(db.orm, operation, { seconds, message: atWork(client) });
  }
}

const atWork = ({ title }: AnalysisClient) => `${title} is at work`;

/** What a failed attempt means for the operation. */
async function judge(
  context: AdvanceContext,
  operation: DueOperation,
  error: RemoteError,
): Promise<void> {
  const { db, client } = context;
  const polling = operation.location !== null;
  if (error.failure === 'missing' && polling) {
    if (!operation.forgotten) {
      await submitAnew(db.orm, operation, `${client.title} forgot this; submitting it again`);
    } else {
      await end(context, operation, 'unavailable', `${client.title} forgot this twice`);
    }
  } else if (error.passing || (polling && isAboutKey(error))) {
    await tryLater(context, operation, error);
  } else {
    await end(context, operation, 'refused', error.message);
  }
}

/** What is running there is not lost because of a key that operators can put right. */
const isAboutKey = ({ status }: RemoteError) => status === 401 || status === 403;

async function tryLater(
  context: AdvanceContext,
  operation: DueOperation,
  error: RemoteError,
): Promise<void> {
  const { retryAfterSeconds, status, sent } = error;
  const later = { ...moment(context), retryAfterSeconds };
  const seconds = nextAttemptSeconds(operation.failures, later);
  const message = `${error.message}; trying again in ${Math.ceil(seconds)} s`;
  const unheard = !sent || (status !== null && !GATEWAY.includes(status));
  await storeAttempt(context.db.orm, operation, { seconds, message, unheard });
}

const moment = ({ leastSeconds, random }: AdvanceContext) => ({ leastSeconds, jitter: random() });

async function end(
  { db, keepSeconds }: AdvanceContext,
  operation: DueOperation,
  failure: OperationFailure,
  error: string,
): Promise<void> {
  await fail(db.orm, operation, { failure, error, keepSeconds });
}

/** Null where the bytes are gone. */
async function inputOf(
  { db, readBytes }: AdvanceContext,
  operation: DueOperation,
): Promise<AnalysisInput | null> {
  const { input, file_id } = operation;
  if (file_id === null) return { inputs: input?.inputs ?? [] };
  const [file] = await db.orm.execute<{ path: string | null; type: string | null }>(
    sql`select path, ${hostFile.mediaType} as type from file f where id = ${file_id}`,
  );
  const body = file?.path ? await readBytes(file.path) : null;
  const mediaType = input?.mediaType ?? file?.type ?? 'application/octet-stream';
  return body && { body, mediaType };
}

const lowered = (title: string) => title.charAt(0).toLowerCase() + title.slice(1);
