/**
 * Extraction by the analysis service. The operation continues there and is polled even if the
 * waiting run ends; the next run of its job finds it again.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { sql } from 'drizzle-orm';
import type { Analysis } from '../analysis/analysis.ts';
import {
  insertOperation,
  type Operation,
  operationOfJob,
  readOperation,
  removeOperationOfJob,
} from '../analysis/operations.ts';
import { waitedFraction } from '../analysis/pace.ts';
import { partsOf } from '../analysis/parts.ts';
import type { Database, Executor } from '../database/connection.ts';
import { readProcessing } from '../knowledge/processing-settings.ts';
import { type ProcessEvent, ProcessingError } from '../processing/processor.ts';
import type { Elsewhere } from '../processing/protocol.ts';
import { Signal } from './signal.ts';

/** Stable processor name; the reader of a text is `analysis:<analyzer>`. */
const ANALYSIS = 'analysis';
/** Incremented when the same result would give another text. */
const VERSION = 1;
/** Interval between two reads of the polled state, milliseconds: a twentieth of the wait so far. */
const LOOK = { least: 250, most: 2_000 };

/** Settings for the extraction of a job's file. */
export interface ReadingPlan {
  /** Null: everything is extracted here. */
  readonly elsewhere: Elsewhere | null;
  readonly analyzer: string;
  /** Language of files that declare none. */
  readonly language: string | null;
  readonly knowledgeId: string | null;
  readonly userId: string;
}

/** Reads the settings of the job's knowledge base, or of this installation. */
export async function planReading(
  db: Executor,
  analysis: Analysis | null,
  sessionId: string,
): Promise<ReadingPlan> {
  const [session] = await db.execute<{ knowledge_id: string | null; user_id: string }>(
    sql`select knowledge_id, user_id from headway.session where id = ${sessionId}`,
  );
  const knowledgeId = session?.knowledge_id ?? null;
  const set = knowledgeId === null ? null : await readProcessing(db, knowledgeId);
  const mediaTypes = set?.analyzer ? ['*'] : analysis?.mediaTypes ?? [];
  const elsewhere = analysis && mediaTypes.length > 0
    ? { processor: ANALYSIS, version: VERSION, mediaTypes }
    : null;
  return {
    elsewhere,
    analyzer: set?.analyzer ?? analysis?.analyzer ?? '',
    language: set?.language ?? null,
    knowledgeId,
    userId: session?.user_id ?? '',
  };
}

export interface RemoteReading {
  readonly db: Database;
  readonly jobId: string;
  readonly fileId: string;
  readonly mediaType: string;
  readonly plan: ReadingPlan;
  /** Expected seconds for such a file, from past runs. */
  readonly expectedSeconds: number;
}

/**
 * Yields events until the operation ends. Throws {@link ProcessingError}, or the signal's reason.
 */
export async function* readRemotely(
  reading: RemoteReading,
  signal: AbortSignal,
): AsyncGenerator<ProcessEvent> {
  const timer = new Signal();
  const id = await begin(reading);
  while (true) {
    signal.throwIfAborted();
    const operation = await readOperation(reading.db.orm, id);
    if (!operation) throw unavailable(message('analysis_removed'));
    if (operation.status === 'succeeded') return yield resultOf(operation);
    if (operation.status === 'failed' || operation.status === 'cancelled') {
      throw failureOf(operation);
    }
    yield {
      type: 'parts',
      parts: [],
      checkpoint: { operation: id },
      fraction: waitedFraction(operation.elapsed, reading.expectedSeconds),
      message: operation.message,
    };
    const lookMs = operation.elapsed * 1000 / 20;
    await timer.wait(Math.min(LOOK.most, Math.max(LOOK.least, lookMs)), signal);
  }
}

/**
 * Returns the job's operation. Starts a new one if it failed, was cancelled or used another
 * analyzer.
 */
async function begin({ db, jobId, fileId, mediaType, plan }: RemoteReading): Promise<string> {
  const { analyzer, userId, knowledgeId } = plan;
  const before = await operationOfJob(db.orm, jobId);
  const ended = before?.status === 'failed' || before?.status === 'cancelled';
  if (before && before.analyzer === analyzer && !ended) return before.id;
  return await db.orm.transaction(async (tx) => {
    if (before) await removeOperationOfJob(tx, jobId);
    const input = { mediaType };
    const id = await insertOperation(tx, { analyzer, userId, knowledgeId, fileId, jobId, input });
    if (id) return id;
    throw unavailable(message('analysis_running_elsewhere'));
  });
}

function resultOf({ id, result }: Operation): ProcessEvent {
  const parts = readParts(result);
  if (parts.length === 0) {
    throw new ProcessingError('empty_text', message('nothing_analysed'));
  }
  const checkpoint = { operation: id };
  return { type: 'parts', parts, checkpoint, fraction: 1, message: message('analysed') };
}

function readParts(result: string | null) {
  try {
    return partsOf(JSON.parse(result ?? 'null'));
  } catch (cause) {
    const reason = message('service_result_unreadable', { service: ANALYSIS });
    throw new ProcessingError('service_refused', reason, { cause });
  }
}

function failureOf({ failure, message: reason }: Operation): ProcessingError {
  return failure === 'failed' || failure === 'refused'
    ? new ProcessingError('service_refused', reason)
    : unavailable(reason);
}

const unavailable = (reason: MessageDetails) => new ProcessingError('service_unavailable', reason);
