/**
 * Writes what a processor reports, while it reads on: parts with their checkpoint in one transaction,
 * ticks merged to a few a second.
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

/** Ticks and small parts wait this long for more of their kind. */
const MERGE_MS = 300;
/** So many parts are worth a write by themselves: little is left to write when the last is read. */
const ENOUGH_PARTS = 40;
/** Reading goes on until so many wait. */
const MOST_PARTS = 200;

export interface RecorderOptions {
  readonly db: Database;
  readonly claim: Claim;
  readonly job: ClaimedJob;
  readonly reader: Reader;
  readonly step: 'extract' | 'transcribe';
  readonly clock: RunClock;
  /** Of what was read before. */
  readonly notices: readonly Notice[];
  /** Called before each write; throws where there is to be no more. @default nothing */
  readonly beforeWrite?: (() => Promise<void>) | undefined;
  /** Once aborted, the run ends with its reason as soon as a checkpoint is stored. */
  readonly giveWay: AbortSignal;
}

/** What is written by one transaction. */
interface Batch {
  readonly parts: readonly Part[];
  readonly checkpoint: Checkpoint | null;
  /** Of all that was read. */
  readonly notices: readonly Notice[];
  readonly fraction: number;
  readonly message: MessageDetails;
  readonly measures: Measures;
}

/**
 * Records one run of one job. Every method throws {@link LostClaim} once the claim is gone, and the
 * reason of {@link expectFile} once the file is.
 */
export class Recorder {
  #parts: Part[] = [];
  #checkpoint: Checkpoint | null = null;
  #notices: readonly Notice[];
  #fraction = 0;
  #message: MessageDetails = message('starting');
  #duration: number | null = null;
  /** When the last write began. */
  #begunAt = 0;
  /** Whether something is to be written as soon as nothing else is. */
  #due = false;
  /** Until nothing is due; rejected for good where a write failed. */
  #writing: Promise<void> | null = null;
  #failed = false;
  #waitedBefore: boolean;

  constructor(private readonly options: RecorderOptions) {
    this.#notices = options.notices;
    this.#waitedBefore = options.job.environment !== null;
  }

  /** Records all that comes of a file. However that ends, nothing is written any more. */
  async recordAll(events: AsyncIterable<ProcessEvent>): Promise<void> {
    try {
      for await (const event of events) await this.#record(event);
      this.#fraction = 1;
      this.#message = message('indexing');
      await this.#write();
    } finally {
      // A failure of its own is heard of where it was waited for, and told of first.
      await this.#writing?.catch(() => {});
    }
  }

  /** Shows the step, and how far it was before. */
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

  /** A segment took a second to recognise and is stored at once; pages are cheap and wait a little. */
  #isDue(event: ProcessEvent): boolean {
    if (event.type === 'parts' && this.options.step === 'transcribe') return true;
    const waitedMs = performance.now() - this.#begunAt;
    return waitedMs >= MERGE_MS || this.#parts.length >= ENOUGH_PARTS;
  }

  /** Writes all that waits. */
  async #write(): Promise<void> {
    this.#begin();
    await this.#writing;
  }

  /** Has what waits written, after what is being written. */
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
