/**
 * Status answers: when to ask again, and answers that are held until something changes
 * (`Prefer: wait`, RFC 7240).
 *
 * @module
 */
import { FINAL_STATUSES, type SessionStatusDocument, stepOf } from '#contract/progress.ts';
import type { Context } from 'hono';
import { retryAfterSeconds } from '../progress/next-look.ts';
import { conditional, matchesSort } from './conditional.ts';
import type { Env, Services } from './services.ts';

/** Seconds an answer is held at most. */
export const LONGEST_WAIT = 30;
/** Between two looks for another step; changes that come faster are looked at together. */
export const LOOK_AGAIN_MS = 200;

/** What there is to be answered, and the sessions it is about. */
export interface Found {
  readonly body: unknown;
  readonly sessions: readonly SessionStatusDocument[];
}

/** How long an answer may be held, and for what. */
interface Preference {
  readonly seconds: number;
  /** Only another step ends the wait, not every percent. */
  readonly untilStep: boolean;
}

/** `Prefer: wait=N` in whole seconds, with the parameter `until=step` of our own. */
export function readPreference(prefer = ''): Preference {
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,4})/i.exec(prefer)?.[1] ?? 0);
  return { seconds: Math.min(LONGEST_WAIT, seconds), untilStep: /;\s*until=step/i.test(prefer) };
}

/**
 * Answers with what `read` finds; where the asker has that already and would rather wait, when it
 * has changed, or when the time is up.
 */
export async function answerHeld(
  c: Context<Env>,
  { changes, load }: Services,
  ids: readonly string[],
  read: () => Promise<Found>,
): Promise<Response> {
  const { seconds, untilStep } = readPreference(c.req.header('prefer'));
  const until = performance.now() + 1_000 * seconds;
  for (let looks = 0;; looks++) {
    const watcher = seconds > 0 ? changes.watch(ids) : null;
    try {
      const askedAt = performance.now();
      const found = await read();
      if (looks === 0) load.answered(performance.now() - askedAt);
      const answer = answerWith(c, found, load.factor());
      if (watcher === null) return answer;
      answer.headers.set('preference-applied', `wait=${seconds}`);
      const restMs = until - performance.now();
      const over = restMs <= 0 || changes.stopped || c.req.raw.signal.aborted;
      // Being woken is no change yet: the news of an older one may be late.
      if (over || !mayWait(c, found, answer, untilStep)) return answer;
      await watcher.next(restMs);
      const soonMs = LOOK_AGAIN_MS - (performance.now() - askedAt);
      if (untilStep && soonMs > 0) await pause(Math.min(soonMs, restMs));
    } finally {
      watcher?.close();
    }
  }
}

/** Whether the asker knows all that matters, and there is more to come. */
function mayWait(c: Context<Env>, found: Found, answer: Response, untilStep: boolean): boolean {
  if (found.sessions.every(isOver)) return false;
  if (!untilStep) return answer.status === 304;
  return matchesSort(c.req.header('if-none-match'), sortOf(found));
}

const isOver = ({ status }: SessionStatusDocument) => FINAL_STATUSES.includes(status);

const sortOf = ({ sessions }: Found) =>
  sessions.map((session) => `${session.session_id} ${stepOf(session)}`).join('\n');

function answerWith(c: Context<Env>, found: Found, load: number): Response {
  const live = found.sessions.filter((session) => !isOver(session));
  const soonest = Math.min(...live.map(({ status }) => retryAfterSeconds(status, load)));
  const headers = live.length > 0 ? { 'retry-after': `${soonest}` } : undefined;
  // The load comes and goes; that is no news of a session.
  return conditional(c, found.body, headers, { sort: sortOf(found), except: 'retry_after_ms' });
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
