/**
 * The definition of an app job: a kind with a typed input, named steps, and a function.
 *
 * ```ts
 * const digest = defineJob({
 *   kind: 'digest',
 *   title: 'Digest',
 *   scope: 'knowledge',
 *   input: v.object({ words: v.optional(v.number(), 200) }),
 *   steps: { read: 'Reading', write: 'Writing' },
 *   async run(job) {
 *     await job.step('read');
 *     …
 *     return { markdown };
 *   },
 * });
 * ```
 *
 * @module
 */
import type { BaseIssue, BaseSchema, InferOutput } from 'valibot';
import * as v from 'valibot';
import { AppError } from '#contract/error.ts';
import { message, text } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Executor } from '../database/connection.ts';
import { ProcessingError } from '../processing/processor.ts';

type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;

/** A value that the database can store as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};

/** One run of a job, as passed to its function. Every method throws once the run must end. */
export interface JobRun<Input = unknown, Step extends string = string> {
  readonly input: Input;
  readonly sessionId: string;
  /** The knowledge base of the job; null for a kind of the scope `user`. */
  readonly knowledgeId: string | null;
  /** The user who requested it. */
  readonly userId: string;
  /** The app's database. */
  readonly db: Executor;
  /** Aborts when the job is cancelled, paused or preempted. Pass it to all slow calls. */
  readonly signal: AbortSignal;
  /** The checkpoint of an earlier run; null in a fresh one. */
  readonly checkpoint: Json;
  /** Begins a step; earlier steps count as done. */
  step(name: Step): Promise<void>;
  /**
   * Reports progress of the step, 0–1, with a text for users. Cheap: written a few times a second.
   */
  progress(fraction: number, message?: MessageDetails | string): Promise<void>;
  /** Saves a checkpoint. A preempted job ends here. */
  save(checkpoint: Json): Promise<void>;
}

export interface JobOptions<S extends Schema, Step extends string, Result extends Json> {
  /** Stable name: lowercase letters, digits and hyphens. */
  readonly kind: string;
  /** Title for users: "Report". */
  readonly title: string;
  readonly description?: string;
  /**
   * `knowledge`: works on a knowledge base that the requesting user may read. @default 'knowledge'
   */
  readonly scope?: 'knowledge' | 'user';
  /** Validates the input at the start of the job and of each run. */
  readonly input: S;
  /** Steps in order, each with its text for users. All weigh the same in the progress. */
  readonly steps: Readonly<Record<Step, string>>;
  /** Further attempts after a failure that may be transient, 0–4. @default 3 */
  readonly retries?: number;
  /** Time without a report after which a run is ended, milliseconds. @default 300_000 */
  readonly silenceMs?: number;
  /** Name of one job in lists. @default the title */
  name?(input: InferOutput<S>): string;
  /** Does the work. Throws {@link JobError} for a permanent failure. */
  run(job: JobRun<InferOutput<S>, Step>): Promise<Result>;
}

/** A defined kind, its types closed over. */
export interface JobKind {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly scope: 'knowledge' | 'user';
  readonly schema: Schema;
  readonly steps: readonly { readonly name: string; readonly title: string }[];
  readonly retries: number;
  readonly silenceMs: number;
  /** Name of a job with this input. Throws {@link AppError} `invalid` if the input is invalid. */
  nameOf(input: unknown): string;
  run(job: JobRun): Promise<Json>;
}

/** A permanent failure of a job; `message` is shown to users. */
export class JobError extends ProcessingError {
  constructor(message: MessageDetails | string, options?: ErrorOptions) {
    super('job_failed', typeof message === 'string' ? text(message) : message, options);
  }
}

const KIND = /^[a-z][a-z0-9-]{0,63}$/;
const MOST_RETRIES = 4;

/**
 * Defines a kind of job. Pass it to `createHeadway` and `startHeadwayWorker` in `jobs`.
 *
 * @throws {RangeError} an option is out of its range
 */
export function defineJob<
  S extends Schema,
  const Step extends string,
  Result extends Json,
>(options: JobOptions<S, Step, Result>): JobKind {
  const { kind, title, input: schema, retries = 3, silenceMs = 300_000 } = options;
  const steps = Object.entries<string>(options.steps).map(([name, title]) => ({ name, title }));
  if (!KIND.test(kind) || kind === 'file') {
    throw new RangeError(`Cannot define a job: its kind must be a short name: ${kind}`);
  }
  if (steps.length === 0) throw new RangeError(`Cannot define a job without steps: ${kind}`);
  if (!(Number.isInteger(retries) && retries >= 0 && retries <= MOST_RETRIES)) {
    throw new RangeError(`Cannot define a job: 'retries' must be 0 to ${MOST_RETRIES}: ${retries}`);
  }
  if (!(silenceMs > 0)) {
    throw new RangeError(`Cannot define a job: 'silenceMs' must be more than 0: ${silenceMs}`);
  }
  const parse = (input: unknown) => checked(schema, input);
  return {
    kind,
    title,
    description: options.description ?? '',
    scope: options.scope ?? 'knowledge',
    schema,
    steps,
    retries,
    silenceMs,
    nameOf(input) {
      const parsed = parse(input);
      return options.name?.(parsed) ?? title;
    },
    run: (job) => options.run({ ...job, input: parse(job.input) }),
  };
}

function checked<S extends Schema>(schema: S, input: unknown): InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const errors = result.issues.map((issue) => ({
    path: ['input', v.getDotPath(issue)].filter(Boolean).join('.'),
    message: issue.message,
  }));
  throw new AppError('invalid', message('invalid_input', { issues: errors }), { errors });
}

/** Kinds by their name. */
export type JobKindsByName = ReadonlyMap<string, JobKind>;

/** @throws {RangeError} two kinds have the same name */
export function jobKinds(kinds: readonly JobKind[]): JobKindsByName {
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  const twice = kinds.find((kind) => byName.get(kind.kind) !== kind);
  if (twice) throw new RangeError(`Two kinds of job have the same name: ${twice.kind}`);
  return byName;
}
