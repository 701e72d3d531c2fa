/**
 * Extraction of one file, in a child process here or by an external service.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { recordLinks } from '../host/membership.ts';
import { indexContent } from '../knowledge/content.ts';
import { completeFile } from '../knowledge/finish-file.ts';
import { lockFiles } from '../knowledge/lock-files.ts';
import { openOrReuse, sourceOf } from '../knowledge/reuse.ts';
import { withDoubts } from '../processing/doubts.ts';
import { READING_LIMITS } from '../processing/limits.ts';
import { type ProcessEvent, ProcessingError, type ProcessInput } from '../processing/processor.ts';
import { RECORDING_TYPES } from '../processing/transcribe/formats.ts';
import { SPEECH } from '../processing/transcribe/speech.ts';
import { withinLimits } from '../processing/within-limits.ts';
import { type Claim, type ClaimedJob, holdsClaim } from '../progress/jobs.ts';
import { BYTE, readPace, secondsPer, START } from '../progress/pace.ts';
import { heldByOutage } from '../transcription/hear.ts';
import { transcribeRemotely } from '../transcription/transcribe.ts';
import { TRANSCRIPTION } from '../transcription/transcription.ts';
import { withFreeRows } from './locked-rows.ts';
import { expectMayAdd } from './may-add.ts';
import { planReading, type ReadingPlan, readRemotely } from './read-remotely.ts';
import { Recorder } from './recorder.ts';
import { createRightCheck } from './right-check.ts';
import { RunClock } from './run-clock.ts';
import {
  type DoneWork,
  expectClaim,
  expectFile,
  fileDeleted,
  type LocalBytes,
  type RunContext,
  type RunSignals,
  workDirOf,
} from './run-context.ts';

/** Longest wait for the row of a file before it is read, milliseconds. */
const BEFORE_READING_MS = 50;

interface StoredBytes {
  [column: string]: unknown;
  path: string | null;
  hash: string | null;
  media_type: string | null;
}

/** Reads a file. Throws {@link ProcessingError}, {@link Held}, or the reason of a signal. */
export async function readFile(
  context: RunContext,
  claim: Claim,
  job: ClaimedJob,
  { giveWay, stop }: RunSignals,
): Promise<DoneWork> {
  const { db, host } = context;
  const startedAt = performance.now();
  const right = createRightCheck(
    () => expectMayAdd(context, job.session_id, [job.file_id]),
    context.rightCheckMs,
  );
  await right.now();
  const file = await storedBytes(db, job.file_id);
  const plan = await planReading(db.orm, context.analysis ?? null, job.session_id);
  holdWhileDown(context, plan, file.media_type);
  await using open = new AsyncDisposableStack();
  const bytes = open.use(await fetchBytes(context, file.path, stop));
  const detected = await host.detect(bytes.path, job.name, stop, plan.elsewhere);
  const { processor, mediaType } = detected;
  const by = readerOf(context, plan, processor);
  const language = job.language ?? plan.language;
  const reader = { ...by, version: detected.version, source: sourceOf(file.hash, language) };
  const { known, book } = await db.orm.transaction(async (tx) => {
    expectClaim(await holdsClaim(tx, claim, true), claim);
    await expectFile(tx, job.file_id);
    // If the row is locked, wait before the extraction, not after it.
    await withFreeRows(tx, () => lockFiles(tx, [job.file_id]), BEFORE_READING_MS);
    return { known: await openOrReuse(tx, job.file_id, reader), book: await readPace(tx) };
  });
  const clock = new RunClock({ processor, mediaType, bytes: job.size, book, startedAt });
  const recorder = new Recorder({
    ...{ db, claim, job, reader, giveWay, clock, notices: known.notices },
    step: detected.step,
    async beforeWrite() {
      await context.expectSpace?.();
      await right.atCheckpoint();
    },
  });
  await recorder.start(known.fraction);
  const store = (tx: Executor) => withFreeRows(tx, () => storeText(tx, job));
  if (known.complete) {
    return { clock, message: message('text_reused'), worked: false, store };
  }
  if (by.service === 'analysis') {
    // The bytes are sent by the process that submits the operation.
    await open.disposeAsync();
    context.onlyWaits?.();
  }
  const expectedSeconds = secondsPer(book, processor, START) +
    (job.size ?? 0) * secondsPer(book, processor, BYTE);
  const input: ProcessInput = {
    path: bytes.path,
    name: job.name,
    mediaType,
    language,
    workDir: workDirOf(context, job.file_id),
    checkpoint: known.checkpoint,
    modelDir: context.modelDir,
  };
  const events = eventsOf(context, by.service, { input, plan, claim, job, expectedSeconds }, stop);
  await recorder.recordAll(events);
  await right.now();
  return { clock, message: message('ready'), worked: true, store };
}

async function storedBytes(
  { orm }: Database,
  fileId: string,
): Promise<StoredBytes & { readonly path: string }> {
  const [file] = await orm.execute<StoredBytes>(sql`
    select path, ${hostFile.fileHash} as hash, ${hostFile.mediaType} as media_type
    from file f where id = ${fileId}`);
  if (!file) throw fileDeleted();
  if (file.path) return { ...file, path: file.path };
  throw new ProcessingError('bytes_missing', message('bytes_gone'));
}

/** Identity of a reader: a text by another one counts as another text. */
interface ReadBy {
  readonly id: string;
  /** The external service; null for local extraction. */
  readonly service: 'analysis' | 'transcription' | null;
}

function readerOf({ transcription }: RunContext, plan: ReadingPlan, processor: string): ReadBy {
  if (plan.elsewhere?.processor === processor) {
    return { id: `${processor}:${plan.analyzer}`, service: 'analysis' };
  }
  if (transcription && processor === SPEECH) {
    return { id: `${TRANSCRIPTION}:${transcription.model}`, service: 'transcription' };
  }
  return { id: processor, service: null };
}

/** Throws {@link Held} while the transcription service is down, before any bytes are fetched. */
function holdWhileDown(
  { transcription }: RunContext,
  plan: ReadingPlan,
  mediaType: string | null,
): void {
  if (!transcription || plan.elsewhere || !RECORDING_TYPES.includes(mediaType ?? '')) return;
  const held = heldByOutage(transcription);
  if (held) throw held;
}

interface Reading {
  readonly input: ProcessInput;
  readonly plan: ReadingPlan;
  readonly claim: Claim;
  readonly job: ClaimedJob;
  readonly expectedSeconds: number;
}

function eventsOf(
  { db, host, limits = READING_LIMITS, transcription }: RunContext,
  service: ReadBy['service'],
  { input, plan, claim, job, expectedSeconds }: Reading,
  stop: AbortSignal,
): AsyncIterable<ProcessEvent> {
  if (service === 'analysis') {
    const { mediaType } = input;
    const { jobId } = claim;
    const reading = { db, jobId, fileId: job.file_id, mediaType, plan, expectedSeconds };
    return withDoubts(withinLimits(readRemotely(reading, stop), limits));
  }
  if (service === 'transcription' && transcription) {
    const { pieces } = host;
    return withDoubts(
      withinLimits(transcribeRemotely({ transcription, input, pieces }, stop), limits),
    );
  }
  return host.process(input, stop);
}

async function storeText(tx: Executor, { file_id, session_id }: ClaimedJob): Promise<void> {
  // Before the lock of the file: the app's triggers record a link that it removes, then lock the
  // file.
  await recordLinks(tx, file_id);
  await indexContent(tx, file_id);
  const [session] = await tx.execute<{ knowledge_id: string | null }>(
    sql`select knowledge_id from headway.session where id = ${session_id}`,
  );
  const knowledgeId = session?.knowledge_id ?? null;
  if (!(await completeFile(tx, file_id, { text: null, knowledgeId }))) throw fileDeleted();
}

async function fetchBytes(
  { localBytes }: RunContext,
  path: string,
  signal: AbortSignal,
): ReturnType<LocalBytes> {
  try {
    return await localBytes(path, signal);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new ProcessingError('bytes_missing', message('bytes_gone'), {
      cause,
    });
  }
}
