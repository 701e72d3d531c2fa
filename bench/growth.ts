/**
 * What the same question costs beside little and beside much work: two databases of one server, in
 * turn, so that whatever else the machine does falls on both.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Actor } from '../backend/access/actor.ts';
import { sessionScope } from '../backend/access/permissions.ts';
import { listKnowledgeFiles } from '../backend/knowledge/list-files.ts';
import { addUpListed } from '../backend/knowledge/listed.ts';
import { listSessions } from '../backend/progress/history.ts';
import { readSessions } from '../backend/progress/read.ts';
import { createControl } from '../backend/queue/control.ts';
import { addUpFailures } from '../backend/queue/failures.ts';
import { listJobs } from '../backend/queue/job-list.ts';
import { readQueue } from '../backend/queue/overview.ts';
import { startSession } from '../backend/queue/submit.ts';
import { analyze, fillHistory, fillLive } from '../tests/support/history.ts';
import { type Ground, withGrounds } from './database.ts';
import { type Figure, median } from './figure.ts';

/** `HEADWAY_BENCH_HISTORY=100000` and `_FILES` fill less, on a machine that is busy otherwise. */
const HISTORY = [1_000, Number(Deno.env.get('HEADWAY_BENCH_HISTORY') ?? 1_000_000)] as const;
const LIVE = [1, 1_000] as const;
const FILES = [100, Number(Deno.env.get('HEADWAY_BENCH_FILES') ?? 100_000)] as const;
/** So few that a page of a person is full beside little work as well. */
const USERS = 10;
const BASES = 100;
const ROUNDS = 41;
const LIMIT = 1.5;

type Ask = (ground: Ground) => Promise<unknown>;

const OWNER = 'past-user-7';
const scope = sessionScope({ id: OWNER, role: 'user' } as Actor);
const mine = { ...scope, parts: { userId: OWNER, knowledge: null } };
const all = sessionScope({ id: OWNER, role: 'admin' } as Actor);
const ended = sql`s.finished_at is not null`;
const READ = { files: false, staleSeconds: 300 };
const PAGE = { limit: 30, offset: 0 };

const start: Ask = async ({ db, queue }) => {
  const { sessionId } = await startSession(db, queue, {
    knowledgeId: 'past-base-1',
    userId: OWNER,
    userRole: null,
    fileIds: ['asked'],
    uploads: [],
    priority: 'low',
    language: null,
    operationId: null,
  });
  return () => createControl(db, queue).clear(sessionId);
};

const take: Ask = async ({ db, queue }) => {
  const job = await queue.take();
  return () => db.orm.transaction((tx) => job ? queue.handBack(tx, job) : Promise.resolve());
};

const poll = (id: string): Ask => ({ db }) =>
  readSessions(db.orm, sql`s.id = ${id} and ${scope.visible}`, READ);

const OF_HISTORY: Record<string, Ask> = {
  'the query of a poll': poll('past-5'),
  'starting a session': start,
  'taking a job': take,
  'a page of a person’s history': ({ db }) => listSessions(db.orm, mine, ended, READ, PAGE),
  'a page of all that a person sees': ({ db }) => listSessions(db.orm, scope, ended, READ, PAGE),
  'a page of all there is': ({ db }) => listSessions(db.orm, all, ended, READ, PAGE),
  'a page of the queue': ({ db }) => listJobs(db.orm, { limit: 50 }),
  'a page of the failed list': ({ db }) => listJobs(db.orm, { limit: 50, state: 'error' }),
  'the queue’s dashboard': ({ db }) => readQueue(db.orm),
};

const OF_LIVE: Record<string, Ask> = {
  'the query of a poll': poll('live-1'),
  'starting a session': start,
  'taking a job': take,
  'the first that waits': ({ db }) => listJobs(db.orm, { limit: 1, state: 'queued' }),
};

const page = (state?: 'all'): Ask => ({ db }) =>
  listKnowledgeFiles(db.orm, 'filled', {
    query: '',
    page: 1,
    orderBy: 'created_at',
    direction: 'desc',
    state,
  });
const OF_FILES: Record<string, Ask> = {
  'a page of the files': page(),
  'a page of the files, with where each stands': page('all'),
};

export async function measureGrowth(): Promise<Figure[]> {
  return [
    ...await compare('sessions in the history', HISTORY, OF_HISTORY, async ({ sql }, sessions) => {
      await fillHistory(sql, { sessions, users: USERS, bases: BASES });
      await fillLive(sql, 5);
    }),
    ...await compare('live sessions', LIVE, OF_LIVE, async ({ sql }, sessions) => {
      await fillHistory(sql, { sessions: 1_000, users: USERS, bases: BASES });
      await fillLive(sql, sessions);
    }),
    ...await compare('files in a knowledge base', FILES, OF_FILES, fillFiles),
  ];
}

function compare(
  what: string,
  [few, many]: readonly [number, number],
  asks: Record<string, Ask>,
  fill: (ground: Ground, count: number) => Promise<void>,
): Promise<Figure[]> {
  return withGrounds(['few', 'many'], async ([small, large]) => {
    for (const [ground, count] of [[small!, few], [large!, many]] as const) {
      await fill(ground, count);
      await ground.sql`insert into file (id, user_id, filename, path, data, meta, created_at)
        values ('asked', ${OWNER}, 'a.txt', 'a', '{"status":"pending"}', '{"size":100}', 0)`;
      // What upkeep does every few seconds.
      await addUpFailures(ground.db.orm);
      await addUpListed(ground.db.orm);
      await analyze(ground.sql);
    }
    const figures: Figure[] = [];
    for (const [name, ask] of Object.entries(asks)) {
      const times = await inTurn(ask, small!, large!);
      const numbers = `${few.toLocaleString('en')} → ${many.toLocaleString('en')} ${what}`;
      figures.push(figureOf(`${name}, ${numbers}`, times));
    }
    return figures;
  });
}

/** A question may return what undoes it, which is not counted. */
async function inTurn(ask: Ask, small: Ground, large: Ground) {
  const times = { small: [] as number[], large: [] as number[] };
  for (let round = -2; round < ROUNDS; round++) {
    for (const [into, ground] of [[times.small, small], [times.large, large]] as const) {
      const startedAt = performance.now();
      const undo = await ask(ground);
      if (round >= 0) into.push(performance.now() - startedAt);
      if (typeof undo === 'function') await undo();
    }
  }
  return times;
}

function figureOf(name: string, times: { small: number[]; large: number[] }): Figure {
  const [small, large] = [median(times.small), median(times.large)];
  return {
    name,
    value: large / small,
    unit: 'ratio',
    limit: LIMIT,
    means: 'How many times as long it takes beside so much more work',
    detail: `medians of ${ROUNDS} in turn: ${small.toFixed(1)} ms and ${large.toFixed(1)} ms`,
  };
}

async function fillFiles({ sql }: Ground, count: number): Promise<void> {
  await sql`insert into knowledge (id, user_id, name, created_at)
    values ('filled', ${OWNER}, 'Filled', 0)`;
  await sql`
    insert into file (id, user_id, filename, path, data, meta, created_at, updated_at)
    select 'file-' || i, ${OWNER}, i || '.txt', i::text, '{"status":"completed","content":"Text"}',
      '{"size":1000,"content_type":"text/plain","data":{"knowledge_id":"filled"}}', i, i
    from generate_series(1, ${count}::int) i`;
  await sql`
    insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    select 'link-' || i, 'filled', 'file-' || i, ${OWNER}, i, i
    from generate_series(1, ${count}::int) i`;
}
