/**
 * One step of one operation: submits or polls it, and stores the result.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
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

/** Reads a stored file by its path; null if its bytes are gone. */
export type ReadBytes = (path: string) => Promise<ReadableStream<Uint8Array> | null>;

export interface AdvanceContext {
  readonly db: Database;
  readonly readBytes: ReadBytes;
  readonly client: AnalysisClient;
  /** Retention of results and failures. */
  readonly keepSeconds: number;
  /** Timeout of an operation. */
  readonly budgetSeconds: number;
  /** Minimum interval between polls. */
  readonly leastSeconds: number;
  readonly random: () => number;
}

/**
 * Maximum submits that may have reached the service without a response; after them no other is
 * tried.
 */
const MOST_UNSURE = 2;
/** Status of a proxy that timed out: the service behind it may have received the request. */
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
      const { service } = context.client;
      const minutes = +(context.budgetSeconds / 60).toFixed(1);
      const reason = message('service_unfinished', { service, minutes });
      await end(context, operation, 'unavailable', reason);
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
    const { service } = client;
    return await end(context, operation, 'unavailable', message('service_uncertain', { service }));
  }
  const input = await inputOf(context, operation);
  if (!input) return await end(context, operation, 'refused', message('analysis_file_gone'));
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
    // Cancels a body that was not sent; for one that was sent this does nothing.
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
    await end(context, operation, 'failed', state.reason);
  } else {
    const { retryAfterSeconds } = state;
    const elapsedSeconds = operation.elapsed;
    const seconds = nextPollSeconds({ ...moment(context), elapsedSeconds, retryAfterSeconds });
    await storePoll(db.orm, operation, { seconds, message: atWork(client) });
  }
}

const atWork = ({ service }: AnalysisClient) => message('service_at_work', { service });

/** Decides between another submit, a retry and the end after a failed attempt. */
async function judge(
  context: AdvanceContext,
  operation: DueOperation,
  error: RemoteError,
): Promise<void> {
  const { db, client: { service } } = context;
  const polling = operation.location !== null;
  if (error.failure === 'missing' && polling) {
    if (!operation.forgotten) {
      await submitAnew(db.orm, operation, message('service_resubmitting', { service }));
    } else {
      await end(context, operation, 'unavailable', message('service_forgot', { service }));
    }
  } else if (error.passing || (polling && isAboutKey(error))) {
    await tryLater(context, operation, error);
  } else {
    await end(context, operation, 'refused', error.reason);
  }
}

/** A running operation is not failed because of a key that operators can replace. */
const isAboutKey = ({ status }: RemoteError) => status === 401 || status === 403;

async function tryLater(
  context: AdvanceContext,
  operation: DueOperation,
  error: RemoteError,
): Promise<void> {
  const { retryAfterSeconds, status, sent } = error;
  const later = { ...moment(context), retryAfterSeconds };
  const seconds = nextAttemptSeconds(operation.failures, later);
  const waits = message('service_wait', { reason: error.reason, seconds: Math.ceil(seconds) });
  const unheard = !sent || (status !== null && !GATEWAY.includes(status));
  await storeAttempt(context.db.orm, operation, { seconds, message: waits, unheard });
}

const moment = ({ leastSeconds, random }: AdvanceContext) => ({ leastSeconds, jitter: random() });

async function end(
  { db, keepSeconds }: AdvanceContext,
  operation: DueOperation,
  failure: OperationFailure,
  error: MessageDetails,
): Promise<void> {
  await fail(db.orm, operation, { failure, error, keepSeconds });
}

/** Null if the bytes are gone. */
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
