/**
 * A worker whose disk is full: a real file system of one megabyte.
 *
 * @module
 */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';
import { joinRecordings } from '../../support/recordings.ts';

const run = (program: string, ...args: string[]): boolean =>
  new Deno.Command(program, { args, stdout: 'null', stderr: 'null' }).outputSync().success;

let app: Installation;
let folder: string;
let mounted = false;
beforeAll(async () => {
  app = await createInstallation();
  // Files are copied, and recordings decoded, below this folder.
  folder = join(app.dataDir, 'sandboxes');
  await Deno.mkdir(folder);
  mounted = Deno.build.os === 'linux' &&
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', folder);
});
afterEach(endPrograms);
afterAll(async () => {
  if (mounted) run('umount', folder);
  await app.close();
});

const ready = async () => await (await app.raw('/ready')).json();

test('work waits for space, says so, costs no attempt, and goes on by itself', async (context) => {
  if (!mounted) return context.skip('A file system cannot be mounted here');
  await app.startWorker();
  const name = 'larger-than-the-disk.wav';
  const fileId = await app.upload(name, await joinRecordings({ minutes: 0.6 }));
  const sessionId = await app.start(await app.createKnowledge(), [fileId]);
  const waiting = await app.reaches(sessionId, ({ message }) => /no space left/.test(message));
  expect(waiting).toMatchObject({
    status: 'queued',
    message: expect.stringMatching(
      /^The worker has no space left on its disk; trying again in \d+ s$/,
    ),
    error: null,
    failed_files: 0,
  });
  expect(await ready()).toMatchObject({
    status: 'degraded',
    waiting: [{ reason: 'storage_full', jobs: 1 }],
  });
  // Again and again, for as long as it is full.
  await until('more looks', async () => {
    const [job] = await app.sql`select attempt from headway.job where file_id = ${fileId}`;
    return job!.attempt > 2;
  });
  // What needs no space is read meanwhile.
  const small = await app.upload('small.txt', 'A few words');
  const other = await app.start(await app.createKnowledge(), [small]);
  expect(await app.reaches(other, isOver)).toMatchObject({ status: 'completed' });
  expect(run('mount', '-o', 'remount,size=64m', folder)).toBe(true);
  const ended = await app.reaches(sessionId, isOver);
  expect(ended).toMatchObject({ status: 'completed', failed_files: 0, attempt: 1 });
  const [job] = await app.sql`select failures from headway.job where file_id = ${fileId}`;
  expect(job).toEqual({ failures: 0 });
  expect(await ready()).toMatchObject({ status: 'ok' });
});
