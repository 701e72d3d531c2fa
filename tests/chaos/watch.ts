/**
 * Looks at what the API says, again and again, and compares it with what is.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { SessionList } from '#contract/sessions.ts';
import { sleep } from './random.ts';
import type { Stage } from './stage.ts';
import { expectedText, type Texts } from './texts.ts';

const REQUEST_MS = 20_000;
const LOOK_MS = 400;
/** An answer that was on its way when the database was cut is no lie. */
const CUT_GRACE_MS = 500;
/** A worker counts until it has been without a heartbeat for a while. */
const WORKER_GRACE_MS = 30_000;

export interface Watch {
  /** What was said and was not so. */
  readonly lies: string[];
  readonly looks: number;
  end(): Promise<void>;
}

export function watch(stage: Stage, texts: Texts): Watch {
  const lies: string[] = [];
  const stopping = new AbortController();
  const bars = new Map<string, { attempt: number; progress: number }>();
  const withText = new Set<string>();
  let looks = 0;

  const lie = (text: string) => {
    if (lies.includes(text)) return;
    lies.push(text);
    console.log(`NOT TRUE: ${text}`);
  };

  async function ask<T>(path: string): Promise<T | null> {
    try {
      const response = await fetch(`${stage.url}${path}`, {
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      if (response.ok) return await response.json();
      await response.body?.cancel();
    } catch {
      // It is stopped, or starts.
    }
    return null;
  }

  const goneLong = (since: number | null) =>
    since !== null && performance.now() - since > WORKER_GRACE_MS;

  async function lookAtReady(): Promise<void> {
    const { cutSince, workersGoneSince } = stage;
    const askedAt = performance.now();
    const withoutWorkers = goneLong(workersGoneSince);
    const ready = await ask<{ status: string }>('/ready');
    if (ready?.status !== 'ok') return;
    if (cutSince !== null && cutSince === stage.cutSince && askedAt - cutSince > CUT_GRACE_MS) {
      lie('/ready is ok while the database cannot be reached');
    }
    if (withoutWorkers && stage.workersGoneSince === workersGoneSince) {
      lie('/ready is ok while there is no worker');
    }
  }

  function lookAtBar(what: string, attempt: number, progress: number): void {
    const before = bars.get(what);
    if (before && before.attempt === attempt && progress < before.progress) {
      lie(`${what} went back from ${before.progress} to ${progress} in attempt ${attempt}`);
    }
    bars.set(what, { attempt, progress });
  }

  async function lookAtSessions(): Promise<void> {
    const { workersGoneSince } = stage;
    const withoutWorkers = goneLong(workersGoneSince);
    const list = await ask<SessionList>('/api/v1/sessions?limit=30');
    const ids = list?.items.map(({ session_id }) => session_id) ?? [];
    if (ids.length === 0) return;
    const answer = await ask<{ sessions: SessionStatusDocument[] }>(
      `/api/v1/progress/status?ids=${ids.join(',')}&files=true`,
    );
    const stillGone = withoutWorkers && stage.workersGoneSince === workersGoneSince;
    for (const session of answer?.sessions ?? []) {
      lookAtBar(`session ${session.session_id}`, session.attempt, session.progress);
      if (stillGone && session.eta_seconds !== null) lie('A time left is shown without a worker');
      for (const file of session.files ?? []) {
        lookAtBar(`file ${file.name} of ${file.job_id}`, session.attempt, file.progress);
        if (file.status === 'completed' && file.file_id) await lookAtParts(file.file_id, file.name);
      }
    }
  }

  async function lookAtParts(id: string, name: string): Promise<void> {
    if (withText.has(id)) return;
    const parts = await ask<{ complete: boolean; total: number }>(`/api/v1/files/${id}/parts`);
    if (!parts) return;
    withText.add(id);
    if (!parts.complete || parts.total === 0) lie(`${name} is completed without its text`);
  }

  async function lookAtRows(): Promise<void> {
    const rows = await stage.sql`select id, filename, data::text as data from file
      where filename ~ '^K[0-9]{5}[.]' order by created_at desc limit 60`.catch(() => []);
    for (const { filename, data } of rows) {
      const { status, content } = JSON.parse(data) ?? {};
      if (status === 'completed' && content !== expectedText(texts, filename)) {
        lie(`The row of ${filename} is completed with another text: ${content}`);
      }
      if (status === 'failed') lie(`The row of ${filename} says that it failed: ${data}`);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await lookAtReady();
      await lookAtSessions();
      await lookAtRows();
      looks++;
      await sleep(LOOK_MS);
    }
  }
  const running = run();
  running.catch((error) => lie(`Watching failed: ${error}`));
  return {
    lies,
    get looks() {
      return looks;
    },
    async end() {
      stopping.abort();
      await running.catch(() => {});
    },
  };
}
