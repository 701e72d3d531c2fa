/**
 * Writes what a processor reports: parts with their checkpoint in one transaction, ticks merged to a
 * few a second.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import type { Database } from '../database/connection.ts';
import { type Reader, storeParts } from '../knowledge/content.ts';
import type { Checkpoint, ProcessEvent } from '../processing/processor.ts';
import { fileProgress } from '../progress/estimate.ts';
import { type Claim, type ClaimedJob, holdsClaim, tickJob } from '../progress/jobs.ts';
import { tickSession } from '../progress/store.ts';
import { LostClaim } from './boss.ts';
import type { RunClock } from './run-clock.ts';

/** Ticks and small parts wait this long for more of their kind. */
const MERGE_MS = 300;
const MOST_PARTS = 200;

export interface RecorderOptions {
  readonly db: Database;
  readonly claim: Claim;
  readonly job: ClaimedJob;
  readonly reader: Reader;
  readonly step: 'extract' | 'transcribe';
  readonly clock: RunClock;
  /** Once aborted, the run ends with its reason as soon as a checkpoint is stored. */
  readonly giveWay: AbortSignal;
}

/** Records one run of one job. Every method throws {@link LostClaim} once the claim is gone. */
export class Recorder {
  #parts: Part[] = [];
  #checkpoint: Checkpoint | null = null;
  #fraction = 0;
  #message = '';
  #duration: number | null = null;
  #flushedAt = 0;

  constructor(private readonly options: RecorderOptions) {}

  /** Shows the step, and how far it was before. */
  async start(fraction: number): Promise<void> {
    this.#fraction = fraction;
    this.options.clock.begin(fraction);
    this.#message = fraction > 0 ? 'Going on where it stopped' : 'Starting';
    await this.#flush();
  }

  async record(event: ProcessEvent): Promise<void> {
    this.options.clock.saw(event);
    if (event.type === 'size') {
      if (event.unit === 'second') this.#duration = event.total;
      return;
    }
    this.#fraction = Math.max(this.#fraction, event.fraction);
    this.#message = event.message;
    if (event.type === 'parts') {
      this.#parts.push(...event.parts);
      this.#checkpoint = event.checkpoint;
    }
    if (this.#isDue(event)) await this.#flush();
    if (event.type === 'parts' && this.#checkpoint === null) this.options.giveWay.throwIfAborted();
  }

  /** A segment took a second to recognise and is stored at once; pages are cheap and wait a little. */
  #isDue(event: ProcessEvent): boolean {
    const { step, giveWay } = this.options;
    if (event.type === 'parts' && (step === 'transcribe' || giveWay.aborted)) return true;
    const waitedMs = performance.now() - this.#flushedAt;
    return waitedMs >= MERGE_MS || this.#parts.length >= MOST_PARTS;
  }

  /** Writes what still waits, and shows that indexing comes next. */
  async finish(): Promise<void> {
    this.#fraction = 1;
    this.#message = 'Indexing';
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const { db, claim, job, reader, step, clock } = this.options;
    await db.orm.transaction(async (tx) => {
      if (!(await holdsClaim(tx, claim, true))) {
        throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
      }
      if (this.#checkpoint) {
        await storeParts(tx, job.file_id, reader, {
          parts: this.#parts,
          checkpoint: this.#checkpoint,
          fraction: this.#fraction,
          duration: this.#duration,
        });
      }
      const progress = fileProgress(step, this.#fraction, job.with_upload);
      await tickJob(tx, claim, { step, progress, message: this.#message, ...clock.tick() });
      await tickSession(tx, job.session_id);
    });
    this.#parts = [];
    this.#checkpoint = null;
    this.#flushedAt = performance.now();
  }
}
