/**
 * Status responses: the polling interval, and long polls (`Prefer: wait`, RFC 7240). A waiting
 * request subscribes to board entries and has a deadline on the timer wheel; it needs no timer and
 * no statement of its own.
 *
 * @module
 */
import type { Context } from 'hono';
import type { Follower } from '../progress/board.ts';
import { matches, matchesSort } from './conditional.ts';
import type { Env, Services } from './services.ts';
import { signIn } from './signed-in.ts';
import type { StatusAnswer } from './status-answer.ts';

/** Maximum duration of a long poll, seconds. */
export const LONGEST_WAIT = 30;

/** Polling interval for sessions that are not on the board, milliseconds. */
const UNHEARD_MS = 1_000;

/** Interval at which a long poll checks the actor's account and permissions again, milliseconds. */
const RECHECK_MS = 2_000;

/** Maximum wait of a long poll, and the change that ends it. */
interface Preference {
  readonly seconds: number;
  /** True if only a new step ends the wait, not every percent. */
  readonly untilStep: boolean;
}

/** Parses `Prefer: wait=N` in whole seconds, with Headway's own parameter `until=step`. */
export function readPreference(prefer = ''): Preference {
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,4})/i.exec(prefer)?.[1] ?? 0);
  return { seconds: Math.min(LONGEST_WAIT, seconds), untilStep: /;\s*until=step/i.test(prefer) };
}

/**
 * Responds with the result of `look`. If the client has that version and prefers to wait, responds
 * on a change or at the timeout.
 */
export async function answerHeld(
  c: Context<Env>,
  services: Services,
  look: () => Promise<StatusAnswer>,
): Promise<Response> {
  const { load, board, ready } = services;
  const askedAt = performance.now();
  const preference = readPreference(c.req.header('prefer'));
  const until = askedAt + 1_000 * preference.seconds;
  let answer = await look();
  load.answered(performance.now() - askedAt);
  if (preference.seconds === 0) {
    ready?.offer(c, answer);
    return respond(c, answer, load.factor());
  }
  const isKnown = knownTo(c.req.header('if-none-match'), preference);
  while (!board.stopped && performance.now() < until && isKnown(answer)) {
    const moment = Math.min(until, performance.now() + RECHECK_MS);
    await changeOf(answer, isKnown, moment, services);
    await signIn(c, services);
    answer = await look();
  }
  c.header('preference-applied', `wait=${preference.seconds}`);
  return respond(c, answer, load.factor());
}

/** Returns a predicate: true if the client has the current version and the work is not finished. */
function knownTo(
  ifNoneMatch: string | undefined,
  { untilStep }: Preference,
): (answer: StatusAnswer) => boolean {
  if (ifNoneMatch === undefined) return () => false;
  return (answer) =>
    !answer.isGone && !answer.isOver &&
    (untilStep ? matchesSort(ifNoneMatch, answer.sort) : matches(ifNoneMatch, answer.etag));
}

/** Resolves when the answer changes, or at `until`. */
function changeOf(
  answer: StatusAnswer,
  isKnown: (answer: StatusAnswer) => boolean,
  until: number,
  { board, wheel }: Services,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const follower: Follower = {
    changed() {
      if (board.stopped || !isKnown(answer)) resolve();
    },
    forgotten: resolve,
  };
  // Too large for the board, which does not publish its changes.
  const isHeard = answer.entries.every((entry) => board.has(entry));
  const soon = performance.now() + UNHEARD_MS;
  const leave = wheel.at(isHeard ? until : Math.min(until, soon), resolve);
  for (const { followers } of answer.entries) followers.add(follower);
  // It may have changed before the follower was added.
  follower.changed();
  return promise.finally(() => {
    leave();
    for (const { followers } of answer.entries) followers.delete(follower);
  });
}

function respond(c: Context<Env>, answer: StatusAnswer, load: number): Response {
  const { body, etag, retryAfter } = answer.compose(load);
  const headers = {
    ...(retryAfter !== null && { 'retry-after': `${retryAfter}` }),
    etag,
    'cache-control': 'private, no-store',
  };
  if (matches(c.req.header('if-none-match'), etag)) return c.newResponse(null, 304, headers);
  return c.newResponse(body, 200, { ...headers, 'content-type': 'application/json' });
}
