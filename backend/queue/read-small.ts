/**
 * Reads a small text as a whole, into memory.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import { addNotices, type Notice } from '#contract/notices.ts';
import type { Reader } from '../knowledge/content.ts';
import { sourceOf } from '../knowledge/reuse.ts';
import type { ProcessEvent } from '../processing/processor.ts';
import type { Detected } from '../processing/protocol.ts';
import type { Work } from '../progress/pace.ts';
import { type RunContext, workDirOf } from './run-context.ts';
import type { Batch, SmallJob } from './take-batch.ts';

/** Time limit for a small text, milliseconds, including the start of the child process. */
const MOST_MS = 5_000;
const TEXT = /^(text\/|application\/(json|xml)$)/;

/** The extracted text of one file of a batch. */
export interface SmallText {
  readonly job: SmallJob;
  readonly reader: Reader;
  readonly parts: readonly Part[];
  readonly checkpoint: Record<string, unknown>;
  readonly notices: readonly Notice[];
  readonly size: Work['size'];
  /** Milliseconds for this file alone. */
  readonly readMs: number;
}

/** Throws if the file is not a small text, is unreadable or takes too long, and after an abort. */
export async function readSmall(
  context: RunContext,
  { plan }: Batch,
  job: SmallJob,
  stop: AbortSignal,
): Promise<SmallText> {
  const begunAt = performance.now();
  const signal = AbortSignal.any([stop, AbortSignal.timeout(MOST_MS)]);
  await using bytes = await context.localBytes(job.path, signal);
  const detected = await context.host.detect(bytes.path, job.name, signal);
  if (!TEXT.test(detected.mediaType)) throw new TypeError(`No text: ${detected.mediaType}`);
  const language = job.language ?? plan.language;
  const events = context.host.process({
    path: bytes.path,
    name: job.name,
    mediaType: detected.mediaType,
    language,
    workDir: workDirOf(context, job.file_id),
    checkpoint: null,
    modelDir: context.modelDir,
  }, signal);
  const whole = await gather(events);
  const reader = readerOf(detected, sourceOf(job.hash, language));
  return { job, reader, ...whole, readMs: performance.now() - begunAt };
}

const readerOf = ({ processor, version }: Detected, source: string | null): Reader => ({
  id: processor,
  version,
  source,
});

async function gather(
  events: AsyncIterable<ProcessEvent>,
): Promise<Pick<SmallText, 'parts' | 'checkpoint' | 'notices' | 'size'>> {
  const parts: Part[] = [];
  let checkpoint: Record<string, unknown> | null = null;
  let notices: readonly Notice[] = [];
  let size: SmallText['size'] = null;
  for await (const event of events) {
    if (event.type === 'size') size = { unit: event.unit, units: event.total };
    if (event.type !== 'parts') continue;
    parts.push(...event.parts);
    checkpoint = event.checkpoint;
    notices = addNotices(notices, event.notices ?? []);
  }
  if (checkpoint === null) throw new TypeError('Nothing was read');
  return { parts, checkpoint, notices, size };
}
