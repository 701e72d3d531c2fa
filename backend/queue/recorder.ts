/**
 * Writes the events of a processor while it continues: parts with their checkpoint in one
 * transaction, ticks merged to a few a second.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Part } from '#contract/files.ts';
import { addNotices, type Notice } from '#contract/notices.ts';
import type { Database } from '../database/connection.ts';
import { type Reader, storeParts } from '../knowledge/content.ts';
import type { Checkpoint, ProcessEvent } from '../processing/processor.ts';
import { fileProgress } from '../progress/estimate.ts';
import { leaveEnvironment } from '../progress/attempts.ts';
import { type Claim, type ClaimedJob, holdsClaim, tickJob } from '../progress/jobs.ts';
import { tickSession } from '../progress/store.ts';
import { LostClaim } from './boss.ts';
import type { Measures, RunClock } from './run-clock.ts';
import { expectFile } from './run-context.ts';

/** Merge interval of ticks and small parts, milliseconds. */
const MERGE_MS = 300;
/** Number of parts that triggers a write, so that little is left to write at the end. */
const ENOUGH_PARTS = 40;
/** Number of unwritten parts at which reading waits. */
const MOST_PARTS = 200;

export interface RecorderOptions {
  readonly db: Database;
  readonly claim: Claim;
  readonly job: ClaimedJob;
  readonly reader: Reader;
  readonly step: 'extract' | 'transcribe';
  readonly clock: RunClock;
  /** Notices of earlier runs. */
  readonly notices: readonly Notice[];
  /** Called before each write; throws to prevent it. @default nothing */
  readonly beforeWrite?: (() => Promise<void>) | undefined;
  /** Preemption: once aborted, the run ends with its reason at the next stored checkpoint. */
  readonly giveWay: AbortSignal;
}

/** The content of one transaction. */
interface Batch {
  readonly parts: readonly Part[];
  readonly checkpoint: Checkpoint | null;
  /** All notices so far. */
  readonly notices: readonly Notice[];
  readonly fraction: number;
  readonly message: MessageDetails;
  readonly measures: Measures;
}

/**
 * Records one run of one job. Every method throws {@link LostClaim} once the claim is lost, and the
 * reason of {@link expectFile} once the file is deleted.
 */
export class Recorder {
  #parts: Part[] = [];
  #checkpoint: Checkpoint | null = null;
  #notices: readonly Notice[];
  #fraction = 0;
  #message: MessageDetails = message('starting');
  #duration: number | null = null;
  /** Start of the last write. */
  #begunAt = 0;
  /** True if another write follows the one in flight. */
  #due = false;
  /** The write in flight; stays rejected after a failure. */
  #writing: Promise<void> | null = null;
  #failed = false;
  #waitedBefore: boolean;

  constructor(private readonly options: RecorderOptions) {
    this.#notices = options.notices;
    this.#waitedBefore = options.job.environment !== null;
  }

  /** Records all events of a file. After it settles nothing more is written. */
  async recordAll(events: AsyncIterable<ProcessEvent>): Promise<void> {
    try {
      for await (const event of events) await this.#record(event);
      this.#fraction = 1;
      this.#message = message('indexing');
      await this.#write();
    } finally {
      // An error of the write was thrown where it was awaited; here the first error counts.
      await this.#writing?.catch(() => {});
    }
  }

  /** Writes the step with the progress of earlier runs. */
  async start(fraction: number): Promise<void> {
    this.#fraction = fraction;
    this.options.clock.begin(fraction);
    this.#message = message(fraction > 0 ? 'resuming' : 'starting');
    await this.#write();
  }

  async #record(event: ProcessEvent): Promise<void> {
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
      this.#notices = addNotices(this.#notices, event.notices ?? []);
    }
    if (event.type === 'parts' && this.options.giveWay.aborted) {
      await this.#write();
      this.options.giveWay.throwIfAborted();
    }
    if (this.#isDue(event)) this.#begin();
    if (this.#failed || this.#parts.length >= MOST_PARTS) await this.#writing;
  }

  /** A segment took a second to recognize and is stored at once; pages are cheap and are merged. */
  #isDue(event: ProcessEvent): boolean {
    if (event.type === 'parts' && this.options.step === 'transcribe') return true;
    const waitedMs = performance.now() - this.#begunAt;
    return waitedMs >= MERGE_MS || this.#parts.length >= ENOUGH_PARTS;
  }

  /** Writes all pending data. */
  async #write(): Promise<void> {
    this.#begin();
    await this.#writing;
  }

  /** Starts a write, or schedules one after the write in flight. */
  #begin(): void {
    this.#due = true;
    if (this.#writing) return;
    this.#writing = this.#writeDue();
    this.#writing.catch(() => void (this.#failed = true));
  }

  async #writeDue(): Promise<void> {
    while (this.#due) {
      this.#due = false;
      this.#begunAt = performance.now();
      await this.#store(this.#take());
    }
    this.#writing = null;
  }

  #take(): Batch {
    const batch = {
      parts: this.#parts,
      checkpoint: this.#checkpoint,
      notices: this.#notices,
      fraction: this.#fraction,
      message: this.#message,
      measures: this.options.clock.tick(),
    };
    this.#parts = [];
    this.#checkpoint = null;
    return batch;
  }

  async #store({ parts, checkpoint, notices, fraction, message, measures }: Batch): Promise<void> {
    const { db, claim, job, reader } = this.options;
    await this.options.beforeWrite?.();
    await db.orm.transaction(async (tx) => {
      if (!(await holdsClaim(tx, claim, true))) {
        throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
      }
      if (checkpoint) {
        await expectFile(tx, job.file_id);
        const duration = this.#duration;
        const step = { parts, checkpoint, notices, fraction, duration };
        await storeParts(tx, job.file_id, reader, step);
        if (this.#waitedBefore) await leaveEnvironment(tx, claim.jobId);
        this.#waitedBefore = false;
      }
      const { step } = this.options;
      const progress = fileProgress(step, fraction, job.with_upload);
      await tickJob(tx, claim, { step, progress, message, ...measures });
      await tickSession(tx, job.session_id);
    });
  }
}
