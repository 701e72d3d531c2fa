/**
 * What the tests of the browser's side share: documents, a scripted server, a clock.
 *
 * @module
 */
import type { WakeTargets } from '../../frontend/src/lib/polling/wakeups.ts';
import type { SearchHit, SearchResults } from '#contract/files.ts';
import type { FileProgress, SessionStatusDocument } from '#contract/progress.ts';

/** A session at work; what matters to a test is given. */
export function sessionOf(given: Partial<SessionStatusDocument> = {}): SessionStatusDocument {
  return {
    session_id: 's1',
    status: 'processing',
    total_files: 1,
    processed_files: 0,
    current_file: 'a.pdf',
    progress: 10,
    message: 'Page 1 of 10',
    last_updated: 1_000,
    error: null,
    kind: 'files',
    title: null,
    knowledge_id: 'k1',
    phase: 'extract',
    eta_seconds: null,
    queue_position: null,
    attempt: 1,
    priority: 'high',
    failed_files: 0,
    noticed_files: 0,
    created_at: 900,
    started_at: 900,
    finished_at: null,
    stale: false,
    retry_after_ms: 1_000,
    ...given,
  };
}

export function hitOf(given: Partial<SearchHit> = {}): SearchHit {
  return {
    file_id: 'f1',
    filename: 'a.pdf',
    kind: 'page',
    part_index: 0,
    label: null,
    start: null,
    end: null,
    snippet: 'A word',
    matches: [[2, 6]],
    rank: 1,
    ...given,
  };
}

/** Hits of a search, each of another file. */
export function resultsOf(hits: SearchHit[], given: Partial<SearchResults> = {}): SearchResults {
  return { query: 'word', hits, total: hits.length, total_files: hits.length, ...given };
}

export function fileOf(given: Partial<FileProgress> = {}): FileProgress {
  return {
    job_id: 'j1',
    kind: 'file',
    file_id: 'f1',
    name: 'a.pdf',
    size: 1_000,
    media_type: 'application/pdf',
    status: 'processing',
    step: 'extract',
    progress: 10,
    message: '',
    error: null,
    error_code: null,
    notices: [],
    eta_seconds: null,
    priority: null,
    queue_position: null,
    attempt: 1,
    next_attempt_at: null,
    interruptions: 0,
    interrupted_by: null,
    work_seconds: 0,
    started_at: null,
    finished_at: null,
    last_updated: 1_000,
    ...given,
  };
}

export function answer(body: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(body), init);
}

export function problem(status: number, code: string, headers: HeadersInit = {}): Response {
  return answer({ status, code, detail: `Detail of ${code}` }, { status, headers });
}

type Answer = Response | Error | ((request: Request) => Response | Promise<Response>);

export interface ScriptedServer {
  fetch: typeof globalThis.fetch;
  requests: Request[];
}

/** Gives its answers in their order, the last one again and again. */
export function serverOf(...answers: Answer[]): ScriptedServer {
  const requests: Request[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(new URL(String(input), 'http://app.test'), init);
    const next = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    if (next instanceof Error) throw next;
    return await (typeof next === 'function' ? next(request) : next?.clone() ?? problem(500, 'x'));
  };
  return { fetch, requests };
}

export interface FakePage extends WakeTargets {
  window: EventTarget;
  document: EventTarget & { visibilityState: string };
  /** How many listen right now. */
  listeners(): number;
  becomeVisible(): void;
  becomeHidden(): void;
  comeOnline(): void;
}

/** A `window` and a `document` that count who listens. */
export function fakePage(): FakePage {
  let listeners = 0;
  class Counted extends EventTarget {
    visibilityState = 'visible';
    override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
      const [, , options] = args;
      listeners += 1;
      if (typeof options === 'object') {
        options.signal?.addEventListener('abort', () => listeners -= 1);
      }
      super.addEventListener(...args);
    }
  }
  const page = { window: new Counted(), document: new Counted() };
  return {
    ...page,
    listeners: () => listeners,
    becomeVisible(): void {
      page.document.visibilityState = 'visible';
      page.document.dispatchEvent(new Event('visibilitychange'));
    },
    becomeHidden(): void {
      page.document.visibilityState = 'hidden';
      page.document.dispatchEvent(new Event('visibilitychange'));
    },
    comeOnline(): void {
      page.window.dispatchEvent(new Event('online'));
    },
  };
}
