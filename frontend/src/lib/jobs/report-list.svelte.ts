/**
 * Reports on one knowledge base or file, and the open one, as reactive state.
 *
 * @module
 */
import type { ListedJob } from '#contract/jobs.ts';
import { errorText } from '../api/api-error.ts';
import type { HeadwayClient } from '../api/client.ts';
import type { JobListQuery } from '../api/job-calls.ts';

export interface Report {
  /** Id of the job that made it. */
  readonly id: string;
  readonly markdown: string;
  /** Language of the report, where known. */
  readonly language: string | undefined;
  /** Epoch seconds. */
  readonly finishedAt: number;
}

/** Maximum number of reports to choose from. */
const MOST = 20;

export class ReportList {
  readonly #client: Pick<HeadwayClient, 'jobs' | 'jobResult'>;
  readonly #query: JobListQuery;
  #items = $state.raw<ListedJob[]>([]);
  #shown = $state.raw<Report | null>(null);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  /** Changes with every choice: only the latest one counts. */
  #choice = 0;

  constructor(client: Pick<HeadwayClient, 'jobs' | 'jobResult'>, query: JobListQuery) {
    this.#client = client;
    this.#query = query;
  }

  /** Newest first. */
  get items(): readonly ListedJob[] {
    return this.#items;
  }

  get shown(): Report | null {
    return this.#shown;
  }

  /** True once the first load has finished. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Error of the list or of a report, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** Loads the list and opens the report with that id, else the newest. Never throws. */
  async load(id: string | null): Promise<void> {
    await this.#attempt(async (isLast) => {
      const { items } = await this.#client.jobs({ ...this.#query, live: 'false', limit: MOST });
      if (!isLast()) return;
      this.#items = items.filter(({ status }) => status === 'completed');
      const wanted = id ?? this.#items[0]?.session_id;
      if (wanted === undefined) this.#shown = null;
      else if (wanted !== this.#shown?.id) await this.#read(wanted, isLast);
    });
    this.#loaded = true;
  }

  async #read(id: string, isLast: () => boolean): Promise<void> {
    const { result, input, finished_at: finishedAt } = await this.#client.jobResult(id);
    const markdown = markdownOf(result);
    if (isLast()) this.#shown = { id, markdown, language: languageOf(input), finishedAt };
  }

  async #attempt(work: (isLast: () => boolean) => Promise<void>): Promise<void> {
    const choice = ++this.#choice;
    const isLast = () => choice === this.#choice;
    try {
      await work(isLast);
      if (isLast()) this.#error = null;
    } catch (error) {
      if (isLast()) this.#error = error;
    }
  }
}

function languageOf(input: unknown): string | undefined {
  const { language } = (input ?? {}) as { language?: unknown };
  return typeof language === 'string' ? language : undefined;
}

/**
 * Returns the Markdown of a report's result.
 *
 * @throws {TypeError} it has none
 */
export function markdownOf(result: unknown): string {
  const { markdown } = (result ?? {}) as { markdown?: unknown };
  if (typeof markdown === 'string') return markdown;
  throw new TypeError(`This is no report: ${errorText(JSON.stringify(result))}`);
}
