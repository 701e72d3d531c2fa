/**
 * Status answers: when to ask again, and answers that are held until something changes
 * (`Prefer: wait`, RFC 7240). Whoever waits is a follower of what is on the board and has a place
 * on the wheel: no timer, no statement.
 *
 * @module
 */
import type { Context } from 'hono';
import type { Follower } from '../progress/board.ts';
import { matches, matchesSort } from './conditional.ts';
import type { Env, Services } from './services.ts';
import { signIn } from './signed-in.ts';
import type { StatusAnswer } from './status-answer.ts';

/** Seconds an answer is held at most. */
export const LONGEST_WAIT = 30;

/** Between two looks at what is not on the board. */
const UNHEARD_MS = 1_000;

/** While an answer is held, its asker's account and rights are checked again this often. */
const RECHECK_MS = 2_000;

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
 * Answers with what `look` finds; where the asker has that already and would rather wait, when it
 * has changed, or when the time is up.
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

/** Tells whether the asker knows all of an answer that matters, and there is more to come. */
function knownTo(
  ifNoneMatch: string | undefined,
  { untilStep }: Preference,
): (answer: StatusAnswer) => boolean {
  if (ifNoneMatch === undefined) return () => false;
  return (answer) =>
    !answer.isGone && !answer.isOver &&
    (untilStep ? matchesSort(ifNoneMatch, answer.sort) : matches(ifNoneMatch, answer.etag));
}

/** Resolves when the answer is another one, or the time is up. */
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
  // Too large for the board: nobody tells of its changes.
  const isHeard = answer.entries.every((entry) => board.has(entry));
  const soon = performance.now() + UNHEARD_MS;
  const leave = wheel.at(isHeard ? until : Math.min(until, soon), resolve);
  for (const { followers } of answer.entries) followers.add(follower);
  // It may have become another one before anybody followed it.
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
