/**
 * What progress writes: an hour of ticks of one worker, as fast as they go.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { refreshSession } from '../backend/progress/store.ts';
import { analyze, fillHistory, fillLive } from '../tests/support/history.ts';
import { type Ground, withGrounds } from './database.ts';
import type { Figure } from './figure.ts';

/** One session is written so often at most, however many workers are at it. */
const TICKS_A_SECOND = 4;
const TICKS = 3_600 * TICKS_A_SECOND;
/** Sessions side by side, each in a knowledge base of its own. */
const SESSIONS = 8;
const BASES = 200;

interface Moment {
  readonly bytes: number;
  readonly written: number;
  readonly updates: number;
  readonly hot: number;
}

export function measureTicks(): Promise<Figure[]> {
  return withGrounds(['ticks'], async ([ground]) => {
    const { sql: own } = ground!;
    await fillHistory(own, { sessions: 1_000, users: 10, bases: BASES });
    await fillLive(own, SESSIONS);
    await analyze(own);
    const ids = Array.from({ length: SESSIONS }, (_, at) => `live-${at + 1}`);
    await own`update headway.job set status = 'processing' where session_id = any(${ids})`;
    for (const id of ids) await tick(ground!, id, 0);
    const before = await look(ground!);
    await Promise.all(ids.map(async (id) => {
      for (let at = 0; at < TICKS / SESSIONS; at++) await tick(ground!, id, at);
    }));
    const after = await look(ground!);
    return figuresOf(before, after);
  });
}

/** As a worker does: the file's row, then the session's and the document in `meta`. */
async function tick({ db }: Ground, id: string, at: number): Promise<void> {
  await db.orm.transaction(async (tx) => {
    await tx.execute(sql`update headway.job set progress = ${at * 95 / TICKS}::float8,
      message = ${`Page ${at} of ${TICKS}`}, updated_at = now() where session_id = ${id}`);
    await refreshSession(tx, id);
  });
}

async function look({ sql }: Ground): Promise<Moment> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const [row] = await sql<Moment[]>`
    select pg_total_relation_size('knowledge')::float8 as bytes,
      (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 as written,
      n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as hot
    from pg_stat_user_tables where relname = 'knowledge'`;
  return row!;
}

function figuresOf(before: Moment, after: Moment): Figure[] {
  const perTick = (after.written - before.written) / TICKS;
  const updates = after.updates - before.updates;
  return [{
    name: `size of \`knowledge\` and its indexes after ${TICKS.toLocaleString('en')} ticks`,
    value: after.bytes / before.bytes,
    unit: 'ratio',
    limit: 2,
    means: 'An hour of work leaves the app’s table as small and as fast as it was',
    detail: `${before.bytes / 1024} KB before, ${after.bytes / 1024} KB after; ` +
      `${SESSIONS} sessions at once`,
  }, {
    name: 'ticks whose row stayed within its page, `knowledge`',
    value: (after.hot - before.hot) / updates,
    unit: 'ratio',
    bound: 'least',
    limit: 0.9,
    means: 'Such a write touches no index and is cleaned up without a vacuum',
    detail: `${after.hot - before.hot} of ${updates} updates`,
  }, {
    name: 'written by PostgreSQL for a session and second',
    value: perTick * TICKS_A_SECOND / 1024,
    unit: 'KB',
    limit: 32,
    means: 'What a session costs the disk while it runs, whatever the number of its workers',
    detail: `${perTick.toFixed(0)} bytes of WAL a tick, checkpoints included; at most ` +
      `${TICKS_A_SECOND} ticks a second are written for a session`,
  }];
}
