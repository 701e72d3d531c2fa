/**
 * Background work with a real worker that is killed on the way.
 *
 * @module
 */
import type { BackgroundAccepted } from '#contract/background.ts';
import type { GlobalProgress } from '#contract/context.ts';
import { paths } from '#contract/paths.ts';
import type { QueueStatus } from '#contract/queue.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, signalTo, until } from '../../support/processes.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

const post = { method: 'POST' };

test('everything is read once, though its worker is killed on the way', async () => {
  const worker = await app.startWorker();
  const ids: string[] = [];
  for (let at = 0; at < 8; at++) ids.push(await app.upload(`${at}.txt`, `Words of file ${at}. `));
  const { sessions } = await app.ask<BackgroundAccepted>(paths.backgroundStart, post);
  expect(sessions).toMatchObject([{ total_files: 8, knowledge_id: null, started: true }]);
  const sessionId = sessions[0]!.session_id;
  await app.reaches(sessionId, ({ processed_files }) => processed_files >= 2);
  signalTo(worker.pid, 'SIGKILL');
  const next = await app.startWorker();
  const busy = await app.ask<QueueStatus>(paths.queue);
  expect(busy.workers.length).toBeGreaterThan(0);
  const done = await app.reaches(sessionId, isOver);
  expect(done).toMatchObject({ status: 'completed', processed_files: 8, failed_files: 0 });
  expect(next.pid).not.toBe(worker.pid);
  await until('a result of each', async () => {
    const rows = await app.sql`select count(*)::int as n from file
      where data::jsonb ->> 'status' = 'completed'`;
    return rows[0]?.n === ids.length;
  });
  expect(await app.ask<GlobalProgress>(paths.globalProgress)).toMatchObject({ live: [] });
  const again = await app.ask<BackgroundAccepted>(paths.backgroundStart, post);
  expect(again.sessions).toEqual([]);
});
