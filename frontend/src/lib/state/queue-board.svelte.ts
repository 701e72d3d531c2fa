/**
 * State of the queue's dashboard. It polls while the page is visible, more often while jobs run.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { FailureCode } from '#contract/problem.ts';
import type { QueueJob, QueueStatus, Throughput } from '#contract/queue.ts';
import { ApiError } from '../api/api-error.ts';
import type { HeadwayClient } from '../api/client.ts';
import {
  expectedAfter,
  type JobAction,
  type QueueFilters,
} from '../components/queue/queue-view.ts';
import { WhileVisible, type WhileVisibleOptions } from '../polling/while-visible.ts';

const BUSY_MS = 2_000;
const IDLE_MS = 5_000;
/** Minimum milliseconds between requests for the graph, whose shortest bucket is a minute. */
const GRAPH_MS = 10_000;
const PAGE = 50;
const MOST_AT_ONCE = 200;

export class QueueBoard {
  readonly #client: HeadwayClient;
  readonly #loop: WhileVisible;
  #status = $state.raw<QueueStatus | null>(null);
  #throughput = $state.raw<Throughput | null>(null);
  #minutes = $state(60);
  #graphAskedAt = -Infinity;
  #jobs = $state.raw<QueueJob[] | null>(null);
  #cursor = $state<string | null>(null);
  #filters: QueueFilters = $state.raw({});
  #pages = 1;
  #error = $state.raw<unknown>(null);
  #forbidden = $state(false);
  /** Expected changes of jobs, until the server confirms them. */
  readonly #expected = new SvelteMap<string, Partial<QueueJob>>();
  /** Error of the last action on each job. */
  readonly #refused = new SvelteMap<string, unknown>();

  constructor(client: HeadwayClient, options: WhileVisibleOptions = {}) {
    this.#client = client;
    this.#loop = new WhileVisible((signal) => this.#round(signal), options);
  }

  /** Null until the first answer. */
  get status(): QueueStatus | null {
    return this.#status;
  }

  get throughput(): Throughput | null {
    return this.#throughput;
  }

  /** Minutes covered by the graph. */
  get minutes(): number {
    return this.#minutes;
  }

  /** Newest first, pending actions included; null until loaded. */
  get jobs(): QueueJob[] | null {
    return this.#jobs?.map((job) => ({ ...job, ...this.#expected.get(job.job_id) })) ?? null;
  }

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** Error of the last round, or null; the data shown is older then. */
  get error(): unknown {
    return this.#error;
  }

  /** True if the user is not an administrator. */
  get forbidden(): boolean {
    return this.#forbidden;
  }

  isBusy(jobId: string): boolean {
    return this.#expected.has(jobId);
  }

  refusal(jobId: string): unknown {
    return this.#refused.get(jobId);
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  show(filters: QueueFilters): Promise<void> {
    this.#filters = filters;
    this.#pages = 1;
    return this.#loop.now();
  }

  more(): Promise<void> {
    this.#pages += 1;
    return this.#loop.now();
  }

  span(minutes: number): Promise<void> {
    this.#minutes = minutes;
    this.#graphAskedAt = -Infinity;
    return this.#loop.now();
  }

  /** @throws {ApiError} */
  async pause(paused: boolean): Promise<void> {
    this.#status = await (paused ? this.#client.pauseQueue() : this.#client.resumeQueue());
    void this.#loop.now();
  }

  /** Shows the expected result at once, and the actual one when it is known. */
  async act(job: QueueJob, action: JobAction): Promise<void> {
    const id = job.job_id;
    this.#refused.delete(id);
    this.#expected.set(id, expectedAfter(action));
    try {
      const answer = await this.#ask(id, action);
      this.#jobs = this.#jobs?.map((each) => each.job_id === id ? { ...each, ...answer } : each) ??
        null;
    } catch (error) {
      this.#refused.set(id, error);
    }
    this.#expected.delete(id);
    void this.#loop.now();
  }

  /** Returns the number of files that run again. @throws {ApiError} */
  async retryFailed(code: FailureCode): Promise<number> {
    const { files } = await this.#client.retryFailed(code);
    void this.#loop.now();
    return files;
  }

  #ask(jobId: string, action: JobAction) {
    return action === 'promote'
      ? this.#client.promoteJob(jobId, 'high')
      : this.#client.controlJob(jobId, action);
  }

  async #round(signal: AbortSignal): Promise<number | null> {
    try {
      const [status, jobs] = await Promise.all([
        this.#client.queue(signal),
        this.#loadJobs(signal),
        this.#loadGraph(signal),
      ]);
      if (signal.aborted) return null;
      this.#status = status;
      this.#jobs = jobs.items;
      this.#cursor = jobs.next_cursor;
      this.#error = null;
      return isBusy(status) ? BUSY_MS : IDLE_MS;
    } catch (error) {
      if (signal.aborted) return null;
      return this.#failed(error);
    }
  }

  #failed(error: unknown): null {
    this.#error = error;
    this.#forbidden = error instanceof ApiError && error.status === 403;
    // A retry would change nothing.
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
    throw error;
  }

  async #loadJobs(signal: AbortSignal) {
    const { reason, ...filters } = this.#filters;
    const wanted = this.#pages * PAGE;
    const items: QueueJob[] = [];
    let next_cursor: string | null = null;
    do {
      const limit = Math.min(MOST_AT_ONCE, wanted - items.length);
      const cursor: string | undefined = next_cursor ?? undefined;
      const query = { ...filters, error_code: reason, limit, cursor };
      const page = await this.#client.queueJobs(query, signal);
      items.push(...page.items);
      next_cursor = page.next_cursor;
    } while (next_cursor !== null && items.length < wanted);
    return { items, next_cursor };
  }

  async #loadGraph(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    if (now - this.#graphAskedAt < GRAPH_MS) return;
    const throughput = await this.#client.queueThroughput(this.#minutes, signal);
    if (signal.aborted) return;
    this.#graphAskedAt = now;
    this.#throughput = throughput;
  }
}

function isBusy({ states, waiting, paused }: QueueStatus): boolean {
  if (states.processing > 0 || states.uploading > 0) return true;
  return !paused && waiting.low + waiting.medium + waiting.high > 0;
}
