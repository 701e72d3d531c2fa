/**
 * The database goes away in the middle of the work, for longer than a heartbeat, and comes back.
 *
 * @module
 */
import { afterEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../backend/database/embedded.ts';
import { createClient, createDataDir, isOver } from '../../support/installation.ts';
import { makeMemoryFolder } from '../../support/memory-folder.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';
import { joinRecordings } from '../../support/recordings.ts';
import { startTranscriptionService } from '../../support/transcription-service.ts';

const OUTAGE_MS = 20_000;

afterEach(endPrograms);

test('nothing is lost, requests get 503, and everybody goes on by themselves', async () => {
  const folder = await makeMemoryFolder('headway-outage-');
  const dataDir = await createDataDir();
  const start = (port?: number) =>
    startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' }, ...(port && { port }) });
  let database = await start();
  // Answers as far as the test lets it: the recording is not over before the outage is.
  const service = startTranscriptionService({ segments: 2 });
  try {
    const program = startProgram({
      args: ['backend/main.ts'],
      env: {
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        PORT: '0',
        TRANSCRIPTION_ENDPOINT: service.url,
        TRANSCRIPTION_PARALLEL: '1',
      },
    });
    const [, url] = await program.printed(/Headway is ready: (\S+)/);
    const client = createClient((path, init) => fetch(`${url}/api/v1${path}`, init));
    const fileId = await client.upload('long.wav', await joinRecordings({ minutes: 1.2 }));
    const sessionId = await client.start(await client.createKnowledge(), [fileId]);
    await until('two parts', async () => (await client.parts(fileId)).length >= 2);

    await database.stop();
    const awayUntil = performance.now() + OUTAGE_MS;
    const during = await client.send(`/progress/${sessionId}/status`);
    expect([during.status, during.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await during.json()).code).toBe('unavailable');
    // The length of the outage is what is tested: longer than a heartbeat lasts.
    await until('the end of the outage', () => performance.now() > awayUntil);
    database = await start(Number(new URL(database.url).port));
    service.options.segments = Infinity;

    await until('an answer', async () => {
      const answer = await client.send(`/progress/${sessionId}/status`);
      await answer.body?.cancel();
      return answer.ok;
    }, { everyMs: 250 });
    const ended = await client.reaches(sessionId, isOver);
    expect(ended).toMatchObject({ status: 'completed', processed_files: 1 });
    expect((await client.parts(fileId)).length).toBeGreaterThan(3);
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
  } finally {
    await service.close();
    await database.stop();
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(dataDir, { recursive: true });
  }
});
