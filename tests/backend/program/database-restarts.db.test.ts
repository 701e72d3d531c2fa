/**
 * PostgreSQL restarts more often under a file than a job may be tried, without the file getting any
 * further in between.
 *
 * @module
 */
import { API_BASE } from '#contract/paths.ts';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../../../backend/database/connection.ts';
import { startEmbeddedPostgres } from '../../../backend/database/embedded.ts';
import { createHeadway } from '../../../backend/mod.ts';
import { RETRY_LIMIT } from '../../../backend/queue/boss.ts';
import { gatesIn, standInFile, standInText } from '../../support/gated-reader.ts';
import { createClient, createDataDir, isOver } from '../../support/installation.ts';
import { makeMemoryFolder } from '../../support/memory-folder.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';

afterEach(endPrograms);

test('restarts of the database cost a file nothing: no attempt, and no part', async () => {
  const folder = await makeMemoryFolder('headway-restarts-');
  const dataDir = await createDataDir();
  const gates = gatesIn(join(dataDir, 'gates'));
  await Deno.mkdir(join(dataDir, 'gates'));
  const start = (port?: number) =>
    startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' }, ...(port && { port }) });
  let database = await start();
  const headway = await createHeadway({ databaseUrl: database.url, dataDir, log: () => {} });
  const db = connect(database.url, { max: 2 });
  try {
    const client = createClient((path, init) =>
      Promise.resolve(headway.routes.request(`${API_BASE}${path}`, init))
    );
    const worker = startProgram({
      args: ['tests/support/gated-worker.ts'],
      env: { DATABASE_URL: database.url, DATA_DIR: dataDir, GATES: join(dataDir, 'gates') },
    });
    await worker.printed(/takes jobs as/);
    await gates.open('restarted.wav', 2);
    const fileId = await client.upload('restarted.wav', standInFile(4));
    const sessionId = await client.start(await client.createKnowledge(), [fileId]);
    const jobOf = async () => {
      const [job] = await db.orm.execute<
        { status: string; attempt: number; failures: number; parts: number }
      >(sql`select status, attempt, failures,
        (select count(*)::int from headway.part where file_id = ${fileId}) as parts
        from headway.job where file_id = ${fileId}`).catch(() => []);
      return job;
    };
    let attempt = 0;
    for (let restarts = 0; restarts < RETRY_LIMIT + 2; restarts++) {
      const before = attempt;
      const running = await until('another run of it', async () => {
        const job = await jobOf();
        return job?.status === 'processing' && job.parts === 2 && job.attempt > before && job;
      });
      attempt = running.attempt;
      expect(running.failures).toBe(0);
      await database.stop();
      // A run that does not notice goes on as if nothing had been.
      const noticed = () => worker.output.split('waits (database)').length - 1;
      await until('the worker to notice', () => noticed() > restarts);
      database = await start(Number(new URL(database.url).port));
    }
    await gates.open('restarted.wav', Infinity);
    const ended = await until('its end', async () => {
      const status = await client.status(sessionId).catch(() => null);
      return status && isOver(status) && status;
    });
    expect(ended).toMatchObject({ status: 'completed', failed_files: 0, attempt: 1 });
    const texts = (await client.parts(fileId)).map(({ text }) => text);
    expect(texts).toEqual([0, 1, 2, 3].map(standInText));
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
  } finally {
    await db.close();
    await headway.stop();
    await database.stop();
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(dataDir, { recursive: true });
  }
});
