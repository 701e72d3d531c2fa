/**
 * The graph's figures, counted from jobs with known times.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import {
  bucketSeconds,
  readThroughput,
  throughputQuery,
} from '../../../backend/queue/throughput.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let base: TestDatabase;
let db: Database;
beforeAll(async () => {
  base = await createTestDatabase({ migrated: true });
  db = connect(base.url, { name: 'test' });
});
beforeEach(async () => {
  await base.sql`truncate headway.session, headway.job`;
  await base
    .sql`insert into headway.session (id, user_id, status) values ('s', 'me', 'processing')`;
});
afterAll(async () => {
  await db.close();
  await base.drop();
});

interface Life {
  /** Minutes before the present minute began; null for what has not happened. */
  readonly came: number;
  readonly began: number | null;
  readonly ended: number | null;
  readonly status?: string;
  readonly held?: boolean;
}

let position = 0;
async function addJob({ came, began, ended, status = 'completed', held = false }: Life) {
  const moment = (minutes: number | null) =>
    minutes === null
      ? base.sql`null::timestamptz`
      : base.sql`date_trunc('minute', now()) - ${minutes}::int * interval '1 minute'`;
  await base.sql`insert into headway.job (id, session_id, file_id, position, name, status, step,
      work_seconds, created_at, released_at, started_at, finished_at)
    select gen_random_uuid(), 's', 'f', ${++position}::int, 'a.txt', ${status}, 'extract', 2.5,
      ${moment(came)}, ${held ? base.sql`null` : moment(came)}, ${moment(began)}, ${moment(ended)}`;
}

describe('readThroughput()', () => {
  test('counts what ended in each minute, and what waited at its end', async () => {
    await addJob({ came: 200, began: 3, ended: 3 });
    await addJob({ came: 4, began: 2, ended: 2, status: 'error' });
    await addJob({ came: 2, began: null, ended: 1, status: 'cancelled' });
    await addJob({ came: 3, began: null, ended: null, status: 'queued' });
    await addJob({ came: 3, began: null, ended: null, status: 'queued', held: true });
    await addJob({ came: 300, began: 290, ended: 280 });
    const { bucket_seconds, buckets } = await readThroughput(db.orm, 60);
    expect(bucket_seconds).toBe(60);
    expect(buckets).toHaveLength(60);
    expect(buckets.at(-1)?.at).toBe(Math.floor(buckets.at(-1)!.at / 60) * 60);
    const figures = buckets.slice(-6).map(({ completed, failed, waiting, work_seconds }) => [
      completed,
      failed,
      waiting,
      work_seconds,
    ]);
    expect(figures).toEqual([
      [0, 0, 1, 0],
      [0, 0, 2, 0],
      [1, 0, 2, 2.5],
      [0, 1, 2, 2.5],
      [0, 0, 1, 2.5],
      [0, 0, 1, 0],
    ]);
    expect(buckets[0]?.waiting).toBe(1);
  });

  test('is empty buckets, one behind the other, where nothing was done', async () => {
    const { bucket_seconds, buckets } = await readThroughput(db.orm, 1_440);
    expect(bucket_seconds).toBe(1_800);
    expect(buckets.map(({ at }) => at)).toEqual(
      Array.from({ length: 48 }, (_, index) => buckets[0]!.at + index * 1_800),
    );
    expect(buckets.every(({ completed, waiting }) => completed + waiting === 0)).toBe(true);
  });

  test('reads by indexes, so that a long history costs nothing', async () => {
    await base.sql`insert into headway.job (id, session_id, file_id, position, name, status, step,
        started_at, finished_at)
      select gen_random_uuid(), 's', 'f', 100000 + n, 'old.txt', 'completed', 'index',
        now() - interval '9 days', now() - interval '9 days' + n * interval '1 s'
      from generate_series(1, 20000) n`;
    await base.sql`analyze headway.job`;
    const plan = await db.orm.execute(sql`explain ${throughputQuery(60)}`);
    const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(lines).toContain('job_finished');
    expect(lines).not.toContain('Seq Scan on job');
  });
});

test.each([[1, 60], [60, 60], [61, 300], [300, 300], [301, 900], [1_440, 1_800]])(
  'bucketSeconds() of %i minutes is %i',
  (minutes, seconds) => {
    expect(bucketSeconds(minutes)).toBe(seconds);
    expect(minutes * 60 / seconds).toBeLessThanOrEqual(60);
  },
);
