/**
 * Jobs of an app, as tests need them: one that counts and writes down what it did, and how it fares.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import * as v from 'valibot';
import type { Executor } from '../../backend/database/connection.ts';
import { defineJob, JobError, type JobKind } from '../../backend/mod.ts';

/** Counts to `to`; each number is written into the table `counted` and then saved as checkpoint. */
const counting = defineJob({
  kind: 'counting',
  title: 'Counting',
  scope: 'user',
  input: v.strictObject({
    to: v.pipe(v.number(), v.integer(), v.minValue(0)),
    pauseMs: v.optional(v.number(), 5),
    /** Waits before this number until the table `opened` has its session. */
    holdAt: v.optional(v.number(), -1),
  }),
  steps: { count: 'Counting', end: 'Ending' },
  name: ({ to }) => `Counting to ${to}`,
  async run({ db, input, checkpoint, sessionId, signal, step, progress, save }) {
    await step('count');
    for (let at = Number(checkpoint ?? 0); at < input.to; at++) {
      await new Promise((resolve) => setTimeout(resolve, input.pauseMs));
      while (at === input.holdAt && !(await isOpened(db, sessionId))) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await progress(at / input.to, `${at}`);
        await save(at);
      }
      signal.throwIfAborted();
      await db.execute(sql`insert into counted (session_id, number) values (${sessionId}, ${at})`);
      await progress((at + 1) / input.to, `${at + 1}`);
      await save(at + 1);
    }
    await step('end');
    return { counted: input.to };
  },
});

async function isOpened(db: Executor, sessionId: string): Promise<boolean> {
  const rows = await db.execute(sql`select 1 from opened where session_id = ${sessionId}`);
  return rows.length > 0;
}

/** Fails as it is told to. */
const failing = defineJob({
  kind: 'failing',
  title: 'Failing',
  scope: 'user',
  retries: 1,
  input: v.strictObject({
    how: v.picklist(['for good', 'unexpectedly', 'too much']),
  }),
  steps: { fail: 'Failing' },
  async run({ input, sessionId, db }) {
    await db.execute(sql`insert into counted (session_id, number) values (${sessionId}, 0)`);
    if (input.how === 'for good') throw new JobError('There is nothing to report on');
    if (input.how === 'unexpectedly') throw new Error('password=hunter2 in the stack');
    return 'x'.repeat(9 * 1024 * 1024);
  },
});

/** Makes no progress. */
const silent = defineJob({
  kind: 'silent',
  title: 'Silent',
  scope: 'user',
  retries: 1,
  silenceMs: 300,
  input: v.strictObject({}),
  steps: { wait: 'Waiting' },
  run: () => new Promise<never>(() => {}),
});

/** Saves a text as its checkpoint, and returns it. */
const echo = defineJob({
  kind: 'echo',
  title: 'Echo',
  scope: 'user',
  input: v.strictObject({ text: v.string() }),
  steps: { echo: 'Echo' },
  async run({ input: { text }, save }) {
    await save({ [text]: text });
    return { text, nul: `a\0${text}` };
  },
});

export const jobs: readonly JobKind[] = [counting, failing, silent, echo];
