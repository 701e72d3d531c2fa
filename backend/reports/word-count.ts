/**
 * Counts the words of many files, with periodic checkpoints.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { JobRun, Json } from '../queue/job-kind.ts';
import { type FileFacts, partsOf } from './reading.ts';
import { countTerms, type TermCounts, trim } from './terms.ts';

export interface WordCount {
  /** Words of all files, stop words included. */
  readonly words: number;
  readonly terms: TermCounts;
  /** True if rare terms were dropped because there were too many. */
  readonly trimmed: boolean;
}

/** Maximum number of terms in a checkpoint; rare terms are dropped first. */
const MOST_TERMS = 20_000;
/** Files per checkpoint. */
const SAVE_EVERY = 10;

/** Counts words, resuming at the job's checkpoint. */
export async function countWords(
  job: Pick<JobRun, 'db' | 'checkpoint' | 'progress' | 'save' | 'signal'>,
  files: readonly FileFacts[],
): Promise<WordCount> {
  const before = restored(job.checkpoint);
  const done = new Set(before.done);
  const { terms } = before;
  let { words, trimmed } = before;
  for (const [at, file] of files.entries()) {
    if (done.has(file.id)) continue;
    const place = { name: file.name, at: at + 1, of: files.length };
    await job.progress(at / files.length, message('item', place));
    for await (const { text } of partsOf(job.db, file.id)) {
      job.signal.throwIfAborted();
      words += countTerms(text, terms);
    }
    trimmed = trim(terms, MOST_TERMS) || trimmed;
    done.add(file.id);
    const last = at === files.length - 1;
    if (last || done.size % SAVE_EVERY === 0) {
      await job.save({ done: [...done], words, trimmed, terms: Object.fromEntries(terms) });
    }
  }
  return { words, terms, trimmed };
}

function restored(checkpoint: Json): WordCount & { done: readonly string[] } {
  const { done = [], words = 0, trimmed = false, terms = {} } =
    (checkpoint ?? {}) as unknown as Partial<
      { done: string[]; words: number; trimmed: boolean; terms: Record<string, number> }
    >;
  return { done, words, trimmed, terms: new Map(Object.entries(terms)) };
}
