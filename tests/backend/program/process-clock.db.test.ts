/**
 * The clock of a worker's machine is set back by two hours, really: Debian's `faketime` stands
 * between the process and the system's clock. Where it is not installed, the test is skipped.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';
import { joinRecordings } from '../../support/recordings.ts';
import {
  mishaps,
  startTranscriptionService,
  type TranscriptionService,
} from '../../support/transcription-service.ts';

const LIBRARIES = ['x86_64', 'aarch64'].map((each) =>
  `/usr/lib/${each}-linux-gnu/faketime/libfaketimeMT.so.1`
);
const library = LIBRARIES.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});
if (!library) console.warn('Skipped: the package faketime is not installed');

let service: TranscriptionService;
let app: Installation;
let folder: string;
beforeAll(async () => {
  service = startTranscriptionService();
  app = await createInstallation({ transcription: { endpoint: service.url } });
  folder = await Deno.makeTempDir({ prefix: 'headway-clock-' });
});
afterEach(endPrograms);
afterAll(async () => {
  await app.close();
  await service.close();
  await Deno.remove(folder, { recursive: true });
});

/** How far the clock is off, in seconds, for programs that are started with `env`. */
async function clock() {
  const path = `${folder}/offset`;
  const set = async (offset: string) => {
    await Deno.writeTextFile(`${path}.new`, `${offset}\n`);
    await Deno.rename(`${path}.new`, path);
  };
  await set('+0');
  const env = {
    LD_PRELOAD: library!,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: '1',
    // The monotonic clock of a machine does not step either.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { set, env };
}

test.skipIf(!library)('a file that waits for a service goes on when that is back', async () => {
  const { set, env } = await clock();
  await app.startWorker(env);
  service.options.always = () => mishaps.status(503);
  const file = await app.upload('speech.wav', await joinRecordings({ minutes: 0.1 }));
  const session = await app.start(await app.createKnowledge(), [file]);
  await until('the service to be left alone', async () => {
    const rows = await app.sql`select 1 from headway.remote_service where status = 'down'`;
    return rows.length > 0;
  });
  await set('-7200');
  const shown = startProgram({ args: ['tests/support/print-time.ts'], env });
  const [, time] = await shown.printed(/time (\d+)/);
  expect(Date.now() - Number(time)).toBeGreaterThan(7_000_000);
  service.options.always = undefined;
  const ended = await app.reaches(session, isOver);
  expect(ended).toMatchObject({ status: 'completed', processed_files: 1 });
});
