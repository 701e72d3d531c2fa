/**
 * The program as `deno task start` runs it, on a data folder and a port of its own.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../backend/config.ts';
import { serve } from '../../../backend/serve.ts';
import { createTestDatabase } from '../../support/database.ts';
import { createClient, createDataDir, isOver } from '../../support/installation.ts';
import { follow } from '../../support/following.ts';
import {
  endPrograms,
  isAlive,
  processesBelow,
  type Program,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';
import { joinRecordings } from '../../support/recordings.ts';
import {
  startTranscriptionService,
  type TranscriptionService,
} from '../../support/transcription-service.ts';

const WORKER = /backend\/worker\.ts/;
const DATABASE = /bin\/postgres -D/;

let dataDir: string;
beforeAll(async () => {
  dataDir = await createDataDir();
});
afterEach(endPrograms);
afterAll(() => Deno.remove(dataDir, { recursive: true }));

function launch(env: Record<string, string> = {}): Program {
  return startProgram({ args: ['backend/main.ts'], env: { DATA_DIR: dataDir, PORT: '0', ...env } });
}

interface Started {
  readonly program: Program;
  readonly url: string;
  readonly client: ReturnType<typeof createClient>;
}

async function start(env?: Record<string, string>): Promise<Started> {
  const program = launch(env);
  const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  return {
    program,
    url,
    client: createClient((path, init) => fetch(`${url}/api/v1${path}`, init)),
  };
}

/** Ids of the program and of all that it started. */
const family = ({ pid }: Program) => [pid, ...processesBelow(pid)];
const living = (pids: readonly number[]) => pids.filter(isAlive);

test('starts from an empty folder; a second start says so and ends', async () => {
  const { url, client } = await start();
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(url)).text()).toContain('<!doctype html>');
  expect((await client.ask<{ items: [] }>('/knowledge/')).items).toEqual([]);
  const second = launch();
  expect((await second.ended).code).toBe(1);
  expect(second.output).toMatch(/already running on this data folder: .*\(process \d+\)/);
  expect(second.output).toContain(url);
});

test('a port that another program has is named, before anything is made', async () => {
  using other = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const folder = `${dataDir}/not-made`;
  const program = launch({ DATA_DIR: folder, PORT: `${port}` });
  expect((await program.ended).code).toBe(1);
  expect(program.output).toBe(
    `Could not listen on port ${port} of 127.0.0.1: ` +
      'another program has it: set PORT to another one, or to 0 for any free one\n',
  );
  expect(await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toEqual([
    'headway.lock',
  ]);
});

test('a port that is taken while it starts leaves nothing running', async () => {
  const config = readConfig({ DATA_DIR: dataDir, PORT: '0' });
  const database = await createTestDatabase({ migrated: true });
  using other = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  await expect(serve({ ...config, port }, database.url)).rejects.toThrow(
    /Could not listen on port \d+ of 127\.0\.0\.1: another program has it/,
  );
  const left = await database.sql`select application_name from pg_stat_activity
    where datname = current_database() and application_name ~ '^headway'`;
  expect([...left]).toEqual([]);
  await database.drop();
});

test('starts another worker when its own is killed', async () => {
  const { program, client } = await start();
  const [worker] = processesBelow(program.pid, WORKER);
  signalTo(worker!, 'SIGKILL');
  await until('another worker', () => {
    const [other] = processesBelow(program.pid, WORKER);
    return other !== undefined && other !== worker;
  });
  const fileId = await client.upload('a.txt', 'Some words');
  const sessionId = await client.start(await client.createKnowledge(), [fileId]);
  expect(await client.reaches(sessionId, isOver)).toMatchObject({ status: 'completed' });
});

/** Its guard learns of its end by that. */
const noneLeft = (pids: readonly number[]) =>
  until('the end of all that it started', () => living(pids).length === 0);

for (const signals of [['SIGTERM'], ['SIGINT', 'SIGINT']] as const) {
  test(`${signals.join(' and ')}: nothing is left running`, async () => {
    const { program } = await start();
    const pids = family(program);
    expect(processesBelow(program.pid, WORKER)).toHaveLength(1);
    expect(processesBelow(program.pid, DATABASE)).toHaveLength(1);
    for (const signal of signals) program.kill(signal);
    expect((await program.ended).code).toBe(0);
    await noneLeft(pids);
  });
}

test('SIGTERM while it starts: nothing is left running', async () => {
  const program = launch();
  const [database] = await until('the database', () => {
    const found = processesBelow(program.pid, DATABASE);
    return found.length > 0 && found;
  }, { everyMs: 5 });
  const pids = family(program);
  program.kill('SIGTERM');
  await program.ended;
  await noneLeft([...pids, database!]);
});

let service: TranscriptionService | null = null;
afterAll(() => service?.close());

test('killed in the middle of a recording, once with its database: nothing is lost', async () => {
  // Answers as far as the test lets it: the recording is never over before its time.
  service = startTranscriptionService({ segments: 1 });
  const env = { TRANSCRIPTION_ENDPOINT: service.url, TRANSCRIPTION_PARALLEL: '1' };
  let { program, client } = await start(env);
  const fileId = await client.upload('long.wav', await joinRecordings({ minutes: 1 }));
  const sessionId = await client.start(await client.createKnowledge(), [fileId]);
  const reaches = (count: number) =>
    until(`${count} parts`, async () => (await client.parts(fileId)).length >= count);
  await reaches(1);

  // The program alone: what it started ends by itself, the database last.
  const others = family(program).slice(1);
  program.kill('SIGKILL');
  await until('all that it started to end', () => living(others).length === 0);
  ({ program, client } = await start(env));
  const parts = await client.parts(fileId);
  expect(parts).toHaveLength(1);
  service.options.segments = 2;
  await reaches(2);

  // Everything at once, as when the machine loses its power.
  for (const pid of family(program)) signalTo(pid, 'SIGKILL');
  await program.ended;
  service.options.segments = Infinity;
  ({ program, client } = await start(env));
  const kept = await client.parts(fileId);
  expect(kept.slice(0, parts.length)).toEqual(parts);
  const { last } = await follow(client, sessionId, { until: isOver });
  expect(last).toMatchObject({ status: 'completed', attempt: 1, processed_files: 1 });
  const all = await client.parts(fileId);
  expect(all.slice(0, kept.length)).toEqual(kept);
  expect(all.map(({ index }) => index)).toEqual(all.map((_, at) => at));
  expect((await client.file(fileId)).data.content).toBe(all.map(({ text }) => text).join('\n'));
});
