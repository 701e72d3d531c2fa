/**
 * The network between a worker and its database fails, again and again, for longer than the queue
 * waits for a heartbeat. PostgreSQL itself runs on: to the queue the worker looks like a dead one.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startHeadwayWorker } from '../../../backend/mod.ts';
import { createHost, type Host } from '../../../backend/queue/host.ts';
import { RETRY_LIMIT } from '../../../backend/queue/boss.ts';
import { gatedReader, standInFile, standInText } from '../../support/gated-reader.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { until } from '../../support/processes.ts';
import { openWay, type Way } from '../../support/way.ts';

let app: Installation;
let way: Way;
let stop: (() => Promise<void>) | null = null;
const log: string[] = [];
beforeAll(async () => {
  app = await createInstallation();
  way = openWay(app.url);
});
afterEach(async () => {
  way.resume();
  way.cutSilent();
  await stop?.();
  stop = null;
  log.length = 0;
});
afterAll(async () => {
  way.close();
  await app.close();
});

async function startWorker(openHost?: (host: Host) => Host): Promise<void> {
  const worker = await startHeadwayWorker({
    databaseUrl: way.url,
    dataDir: app.dataDir,
    openHost: (options) => {
      const host = createHost(options);
      return openHost?.(host) ?? host;
    },
    log: (message) => log.push(message),
  });
  stop = () => worker.stop();
}

/** Nothing is written while it waits: only the heartbeat reaches for the database. */
function inSilence(host: Host): Host {
  return {
    ...host,
    async *process(input, signal) {
      for await (const event of host.process(input, signal)) {
        if (event.type !== 'progress') yield event;
      }
    },
  };
}

async function jobOf(fileId: string) {
  const [job] = await app.sql<
    { status: string; attempt: number; failures: number; suspect: boolean; left: number }[]
  >`select j.status, j.attempt, j.failures, j.suspect, q.retry_limit - q.retry_count as left
    from headway.job j join headway_queue.job q on q.id = j.id where j.file_id = ${fileId}`;
  return job!;
}

const partsOf = async (fileId: string) =>
  (await app.sql`select 1 from headway.part where file_id = ${fileId}`).length;

/** Lets the link fail until the queue has given the claims of the worker up. */
async function drop(): Promise<void> {
  const noticed = log.length;
  way.silence();
  await until(
    'the worker to notice',
    () => log.slice(noticed).some((line) => line.includes('A heartbeat failed')),
  );
  await until('the claims to be lost', async () => {
    await app.sql`update headway_queue.job set heartbeat_on = now() - interval '1 minute'
      where state = 'active'`;
    const held = await app.sql`select 1 from headway_queue.job where state = 'active'`;
    return held.length === 0;
  });
  way.resume();
  way.cutSilent();
}

const READERS: [string, (host: Host) => Host][] = [
  ['writing', (host) => host],
  ['silent', inSilence],
];

test.each(READERS)(
  'costs a file no attempt and no part: a reader that is %s',
  async (reader, of) => {
    const name = `${reader}.wav`;
    await app.gates.open(name, 2);
    await startWorker((host) => of(gatedReader(host, app.gates)));
    const fileId = await app.upload(name, standInFile(4));
    const session = await app.start(await app.createKnowledge(), [fileId]);
    let attempt = 0;
    for (let drops = 0; drops < 2; drops++) {
      const before = attempt;
      const job = await until('another run of it', async () => {
        const now = await jobOf(fileId);
        return now.status === 'processing' && now.attempt > before && await partsOf(fileId) === 2 &&
          now;
      });
      ({ attempt } = job);
      expect(job).toMatchObject({ failures: 0, suspect: false, left: RETRY_LIMIT });
      await drop();
    }
    await app.gates.open(name, Infinity);
    expect(await app.reaches(session, isOver)).toMatchObject({
      status: 'completed',
      failed_files: 0,
      attempt: 1,
    });
    expect((await jobOf(fileId)).left).toBe(RETRY_LIMIT);
    expect((await app.parts(fileId)).map(({ text }) => text)).toEqual(
      [0, 1, 2, 3].map(standInText),
    );
  },
);

test('costs small texts that are read together no attempt', async () => {
  let drops = 0;
  await startWorker((host) => ({
    ...host,
    async *process(input, signal) {
      if (input.name === '2.txt' && drops++ === 0) await drop();
      yield* host.process(input, signal);
    },
  }));
  const fileIds = await Promise.all(
    [1, 2, 3, 4].map((at) => app.upload(`${at}.txt`, `The text of ${at}`)),
  );
  const session = await app.start(await app.createKnowledge(), fileIds);
  expect(await app.reaches(session, isOver)).toMatchObject({
    status: 'completed',
    failed_files: 0,
  });
  expect(drops).toBeGreaterThan(0);
  for (const fileId of fileIds) {
    const job = await jobOf(fileId);
    expect(job).toMatchObject({ failures: 0, suspect: false });
    expect(job.left).toBeGreaterThanOrEqual(RETRY_LIMIT);
  }
});
