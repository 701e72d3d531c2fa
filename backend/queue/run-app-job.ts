/**
 * One run of an app job. Its steps, checkpoints and result are written like those of files.
 *
 * @module
 */
import { message, text } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { sql } from 'drizzle-orm';
import { AppError } from '#contract/error.ts';
import type { Database, Executor } from '../database/connection.ts';
import { storableJson } from '../database/json.ts';
import { ProcessingError } from '../processing/processor.ts';
import { type Claim, type ClaimedJob, holdsClaim, tickJob } from '../progress/jobs.ts';
import { readPace } from '../progress/pace.ts';
import { refreshSession } from '../progress/store.ts';
import { LostClaim } from './boss.ts';
import type { JobKind, JobKindsByName, JobRun, Json } from './job-kind.ts';
import { accessRevoked, createRightCheck, type RightCheck } from './right-check.ts';
import { RunClock } from './run-clock.ts';

/** Merge interval of ticks, milliseconds. */
const MERGE_MS = 300;
/** Largest input, checkpoint and result, bytes of JSON. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Checks whether a user may read a knowledge base; with null, whether the account is active. */
export type MayRead = (
  person: { readonly userId: string; readonly role: string | null },
  knowledgeId: string | null,
) => Promise<boolean>;

export interface AppJobOptions {
  readonly db: Database;
  readonly claim: Claim;
  readonly job: ClaimedJob;
  readonly kinds: JobKindsByName;
  /** @default true */
  readonly mayRead?: MayRead | undefined;
  /** Least interval between two checks of it while the job runs. @default RIGHT_CHECK_MS */
  readonly rightCheckMs?: number | undefined;
  /** Preemption: once aborted, the run ends with its reason at the next saved checkpoint. */
  readonly giveWay: AbortSignal;
  /** Once aborted, the run ends at once. */
  readonly stop: AbortSignal;
  /** Start of the run, milliseconds of `performance.now()`. */
  readonly startedAt: number;
}

/** The outcome of a run. */
export interface AppJobRun {
  readonly result: Json;
  readonly clock: RunClock;
}

interface Stored {
  [column: string]: unknown;
  input: Json;
  checkpoint: Json;
  knowledge_id: string | null;
  user_id: string;
  user_role: string | null;
}

/** Runs the job's function. Throws its error, {@link LostClaim}, or the reason of the stop. */
export async function runAppJob(options: AppJobOptions): Promise<AppJobRun> {
  const { db, job, kinds, startedAt } = options;
  const kind = kinds.get(job.kind);
  if (!kind) throw new LostClaim(`This worker does not know the kind of job: ${job.kind}`);
  const [stored] = await db.orm.execute<Stored>(sql`
    select j.input, j.checkpoint, s.knowledge_id, s.user_id, s.user_role
    from headway.job j join headway.session s on s.id = j.session_id
    where j.id = ${options.claim.jobId}::uuid`);
  if (!stored) throw new LostClaim(`The job is gone: ${options.claim.jobId}`);
  const right = createRightCheck(() => expectReader(options, stored), options.rightCheckMs);
  await right.now();
  const clock = new RunClock({
    processor: `job:${job.kind}`,
    mediaType: '',
    bytes: null,
    book: await readPace(db.orm),
    startedAt,
  });
  clock.saw({ type: 'size', total: 1, unit: 'run' });
  const run = new Run({ ...options, kind, stored, clock, right });
  const result = await run.toEnd();
  await right.now();
  return { result, clock };
}

async function expectReader(
  { mayRead = () => Promise.resolve(true) }: AppJobOptions,
  { user_id: userId, user_role: role, knowledge_id }: Stored,
): Promise<void> {
  if (await mayRead({ userId, role }, knowledge_id)) return;
  throw accessRevoked(message('right_to_read_revoked'));
}

/** Stores the result of a job, in the transaction that completes it. */
export async function storeResult(tx: Executor, jobId: string, result: Json): Promise<void> {
  await tx.execute(sql`
    update headway.job set result = ${asJson(result, 'result')}::text::jsonb, checkpoint = null
    where id = ${jobId}::uuid`);
}

function asJson(value: Json, what: 'result' | 'checkpoint'): string {
  const json = storableJson(value);
  if (json.length <= MOST_BYTES) return json;
  throw new ProcessingError('job_failed', message('job_data_too_large', { what }));
}

interface RunOptions extends AppJobOptions {
  readonly kind: JobKind;
  readonly stored: Stored;
  readonly clock: RunClock;
  readonly right: RightCheck;
}

class Run {
  readonly #ending = new AbortController();
  #step = 0;
  #fraction = 0;
  #now: MessageDetails | null;
  #begun: boolean;
  #writtenAt = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: RunOptions) {
    const { checkpoint } = options.stored;
    this.#begun = checkpoint === null;
    this.#now = message(checkpoint === null ? 'starting' : 'resuming');
  }

  /**
   * Resolves to the job's result, or rejects with the reason that ended the run. A function that
   * ignores its signal is abandoned.
   */
  async toEnd(): Promise<Json> {
    const { stop, kind } = this.options;
    const { signal } = this.#ending;
    const end = () => this.#ending.abort(stop.reason);
    if (stop.aborted) end();
    stop.addEventListener('abort', end);
    const { promise: ended, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason));
    ended.catch(() => {});
    try {
      signal.throwIfAborted();
      await this.#write();
      return await Promise.race([kind.run(this.#asSeen()).catch(asFailure), ended]);
    } finally {
      stop.removeEventListener('abort', end);
      clearTimeout(this.#silence);
      this.#ending.abort(new Error('This run has ended'));
    }
  }

  #asSeen(): JobRun {
    const { db, job, stored } = this.options;
    return {
      input: stored.input,
      sessionId: job.session_id,
      knowledgeId: stored.knowledge_id,
      userId: stored.user_id,
      db: db.orm,
      signal: this.#ending.signal,
      checkpoint: stored.checkpoint,
      step: (name) => this.#enter(name),
      progress: (fraction, message) => this.#progress(fraction, message),
      save: (checkpoint) => this.#save(checkpoint),
    };
  }

  async #enter(name: string): Promise<void> {
    const { steps, kind } = this.options.kind;
    const index = steps.findIndex((step) => step.name === name);
    if (index < 0) {
      throw new RangeError(`Cannot enter a step that '${kind}' does not have: ${name}`);
    }
    this.#step = index;
    this.#fraction = 0;
    this.#now = null;
    await this.#report(true);
  }

  async #progress(fraction: number, words?: MessageDetails | string): Promise<void> {
    this.#fraction = Math.min(1, Math.max(this.#fraction, fraction || 0));
    if (typeof words === 'string') this.#now = words === '' ? null : text(words);
    else if (words !== undefined) this.#now = words;
    await this.#report(false);
  }

  async #save(checkpoint: Json): Promise<void> {
    await this.#write(asJson(checkpoint, 'checkpoint'));
    this.options.giveWay.throwIfAborted();
  }

  async #report(now: boolean): Promise<void> {
    this.#ending.signal.throwIfAborted();
    const { clock } = this.options;
    if (!this.#begun) clock.begin(this.#done());
    this.#begun = true;
    clock.saw({ type: 'progress', fraction: this.#done(), message: this.#message() });
    if (now || performance.now() - this.#writtenAt >= MERGE_MS) await this.#write();
    else this.#listen();
  }

  /** Progress of the whole job, 0–1. */
  #done(): number {
    return (this.#step + this.#fraction) / this.options.kind.steps.length;
  }

  async #write(checkpoint?: string): Promise<void> {
    const { db, claim, job, clock, right } = this.options;
    this.#ending.signal.throwIfAborted();
    this.#listen();
    this.#writtenAt = performance.now();
    await right.atCheckpoint();
    await db.orm.transaction(async (tx) => {
      if (!(await holdsClaim(tx, claim, true))) {
        throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
      }
      if (checkpoint !== undefined) {
        await tx.execute(sql`
          update headway.job set checkpoint = ${checkpoint}::text::jsonb
          where id = ${claim.jobId}::uuid`);
      }
      const progress = Math.min(99, 100 * this.#done());
      await tickJob(tx, claim, {
        step: 'run',
        progress,
        message: this.#message(),
        ...clock.tick(),
      });
      await refreshSession(tx, job.session_id);
    });
  }

  #message(): MessageDetails {
    const { kind, steps } = this.options.kind;
    const { name = '', title = '' } = steps[this.#step] ?? {};
    const place = { step: name, title, at: this.#step + 1, of: steps.length };
    return message('job_step', { kind, ...place, now: this.#now });
  }

  /** Restarts the stall timeout. */
  #listen(): void {
    const { silenceMs } = this.options.kind;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const reason = message('job_stalled', { seconds: silenceMs / 1000 });
      this.#ending.abort(new ProcessingError('stalled', reason));
    }, silenceMs);
  }
}

/** Maps an invalid input to a permanent failure: the kind would reject it again. */
function asFailure(error: unknown): never {
  if (error instanceof AppError) {
    throw new ProcessingError('job_failed', error.reason, { cause: error });
  }
  throw error;
}
