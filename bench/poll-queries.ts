/**
 * What polls cost the database, and how soon they tell.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { createReporter } from '../backend/progress/reporting.ts';
import { type Figure, median, percentile } from './figure.ts';
import { openLane, requestOf } from './poll-load.ts';
import {
  bearerOf,
  pollAll,
  pollFor,
  type Scene,
  SESSIONS,
  SHARE,
  statusPath,
} from './poll-scene.ts';

const POLLERS = 10_000;
const LANES = 250;
const COUNT_MS = 12_000 * SHARE;
const FRESH_WRITES = 200 * SHARE;

/** Statements of everything on the database, the program's own upkeep and worker included. */
async function statements({ db }: Scene): Promise<number> {
  const [row] = await db.orm.execute<{ n: number }>(sql`select xact_commit::float8 as n
    from pg_stat_database where datname = current_database()`);
  return row?.n ?? 0;
}

export async function measureQueries(scene: Scene): Promise<Figure> {
  const requests = await Promise.all(
    Array.from(
      { length: POLLERS },
      async (_, n) =>
        requestOf(scene.url, statusPath(scene.ids[n % SESSIONS]!), {
          authorization: await bearerOf(`user-${n % SESSIONS < 20 ? 0 : n % SESSIONS}`),
        }),
    ),
  );
  const one = await statementsWith(scene, requests.slice(0, 1), 1);
  const many = await statementsWith(scene, requests, LANES);
  return {
    name: `statements a second with ${POLLERS.toLocaleString('en')} pollers more than with one`,
    value: Math.max(0, many.perSecond - one.perSecond),
    unit: '/s',
    limit: 1,
    means: 'The database does not notice how many tabs are open',
    detail: `${one.perSecond.toFixed(2)}/s with one poller, ${many.perSecond.toFixed(2)}/s with ` +
      `${POLLERS} of ${SESSIONS} sessions, ${Math.round(many.polls)} polls a second over ` +
      `${LANES} connections; every transaction of the database is counted`,
  };
}

/** Each poller asks once a second, as far as the machine can; they share connections. */
async function statementsWith(scene: Scene, requests: readonly Uint8Array[], lanes: number) {
  const open = await Promise.all(Array.from({ length: lanes }, () => openLane(scene.url)));
  await pollAll(open, requests);
  // What the first questions caused has been written down by then.
  await pollFor(open, requests, 3_000);
  const [before, startedAt] = [await statements(scene), performance.now()];
  const polls = await pollFor(open, requests, COUNT_MS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const perSecond = (await statements(scene) - before) / seconds;
  for (const lane of open) lane.close();
  return { perSecond, polls: polls / seconds };
}

/** From the end of the transaction that this process wrote to the answer that tells of it. */
export async function measureFreshness({ db, url, ids }: Scene): Promise<Figure> {
  const reporter = createReporter(db);
  const sessionId = ids[30]!;
  const headers = { authorization: await bearerOf('user-30') };
  const milliseconds: number[] = [];
  for (let write = 1; write <= FRESH_WRITES; write++) {
    const progress = 43 + write / 10;
    await reporter.updateProgress({ sessionId }, { progress });
    const writtenAt = performance.now();
    while (
      (await (await fetch(url + statusPath(sessionId), { headers })).json()).progress < progress
    );
    milliseconds.push(performance.now() - writtenAt);
  }
  return {
    name: 'a change by another process is told by a poll, 99 of 100',
    value: percentile(milliseconds, 0.99),
    unit: 'ms',
    limit: 300,
    means: 'Whoever looks sees what happened a moment ago, whichever process it happened in',
    detail: `of ${FRESH_WRITES} writes; median ${median(milliseconds).toFixed(1)} ms, ` +
      `longest ${Math.max(...milliseconds).toFixed(1)} ms`,
  };
}
