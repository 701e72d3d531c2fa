/**
 * What real workers teach an installation about its speed, and the time left that follows from it.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makePdf } from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';
import { joinRecordings } from '../../support/recordings.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

const pdfOf = (pages: number, word: string) =>
  makePdf(Array.from({ length: pages }, (_, at) => `${word} ${at}\n${'Words on it. '.repeat(20)}`));

async function finished(id: string): Promise<SessionStatusDocument> {
  const status = await app.reaches(id, isOver);
  expect(status).toMatchObject({ status: 'completed', eta_seconds: null });
  return status;
}

const paces = async () =>
  Object.fromEntries(
    (await app.sql`select * from headway.pace`).map((row) => [`${row.processor} ${row.unit}`, row]),
  );

test('a finished file teaches its pace; one that was reused does not', async () => {
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  const bytes = pdfOf(120, 'Page');
  const session = await app.start(knowledgeId, [await app.upload('a.pdf', bytes)]);
  await finished(session);
  const learned = await paces();
  expect(learned['pdf page']).toMatchObject({ units: 120, samples: 1 });
  expect(learned['pdf byte']).toMatchObject({ units: bytes.length, samples: 1 });
  expect(learned['pdf start']).toMatchObject({ units: 1, samples: 1 });
  const [job] = await app.sql`
    select unit, units, processor, work_seconds from headway.job where session_id = ${session}`;
  expect(job).toMatchObject({ unit: 'page', units: 120, processor: 'pdf' });
  const seconds = learned['pdf page']!.seconds + learned['pdf start']!.seconds;
  expect(job!.work_seconds / seconds).toBeGreaterThan(0.5);
  expect(job!.work_seconds / seconds).toBeLessThan(2);

  await finished(await app.start(knowledgeId, [await app.upload('b.pdf', bytes)]));
  expect(await paces()).toEqual(learned);
});

/** Everything that is told of a session until it has ended. */
async function follow(id: string): Promise<SessionStatusDocument[]> {
  const told: SessionStatusDocument[] = [];
  await app.reaches(id, (status) => {
    told.push(status);
    return isOver(status);
  }, { everyMs: 250 });
  return told;
}

test('the time left is told of a recording, and of one that waits behind it', async () => {
  const [long, short] = [
    await joinRecordings({ minutes: 0.4 }),
    await joinRecordings({ minutes: 0.2 }),
  ];
  const files = [await app.upload('a.wav', long), await app.upload('b.wav', short)];
  await app.startWorker();
  const first = await app.start(await app.createKnowledge(), [files[0]!]);
  await app.reaches(first, ({ status }) => status === 'processing');
  const second = await app.start(await app.createKnowledge(), [files[1]!]);
  const [ahead, behind] = await Promise.all([follow(first), follow(second)]);

  const waiting = behind.find(({ status }) => status === 'queued')!;
  expect(waiting.eta_seconds).toBeGreaterThan(ahead[0]!.eta_seconds!);
  for (const status of [...ahead, ...behind]) {
    if (!isOver(status)) expect(status.eta_seconds).toBeGreaterThanOrEqual(0);
  }
});
