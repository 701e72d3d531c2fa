/**
 * PostgreSQL ends and comes back, again and again, while files arrive: no process of ours ends.
 *
 * @module
 */
import { afterEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../backend/database/embedded.ts';
import { createClient, createDataDir, isOver } from '../../support/installation.ts';
import { makeMemoryFolder } from '../../support/memory-folder.ts';
import {
  endPrograms,
  isAlive,
  processesBelow,
  type Program,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';

const WORKER = /backend\/worker\.ts/;
const SERVER = /bin\/postgres -D/;
const RESTARTS = 3;
/** Uploads under way at once. */
const SENDERS = 6;

afterEach(endPrograms);

async function started(program: Program) {
  const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  return createClient((path, init) => fetch(`${url}/api/v1${path}`, init));
}

type Client = Awaited<ReturnType<typeof started>>;

/** Sends files until it is told to stop. Returns the ids of those that were accepted. */
function keepSending(client: Client) {
  const accepted: string[] = [];
  let stopped = false;
  const send = async (sender: number) => {
    for (let at = 0; !stopped; at++) {
      const text = `Sender ${sender}, file ${at}. `.repeat(200);
      await client.upload(`${sender}-${at}.txt`, text).then((id) => accepted.push(id), () => {});
    }
  };
  const sending = Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  return {
    accepted,
    async stop() {
      stopped = true;
      await sending;
    },
  };
}

/** What was accepted is there, and is read to its end. */
async function expectAllRead(client: Client, fileIds: readonly string[]): Promise<void> {
  const session = await client.start(await client.createKnowledge(), fileIds);
  const ended = await client.reaches(session, isOver);
  expect(ended).toMatchObject({ status: 'completed', processed_files: fileIds.length });
}

test('restarts of PostgreSQL under uploads end no process and lose no file', async () => {
  const folder = await makeMemoryFolder('headway-restarts-');
  const dataDir = await createDataDir();
  const settings = { fsync: 'off' };
  let database = await startEmbeddedPostgres({ dataDir: folder, settings });
  const port = Number(new URL(database.url).port);
  try {
    const program = startProgram({
      args: ['backend/main.ts'],
      env: { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0' },
    });
    const client = await started(program);
    const [worker = 0] = processesBelow(program.pid, WORKER);
    const uploads = keepSending(client);
    for (let restart = 1; restart <= RESTARTS; restart++) {
      const before = uploads.accepted.length;
      await until('files to arrive', () => uploads.accepted.length > before + 3);
      await database.stop();
      database = await startEmbeddedPostgres({ dataDir: folder, settings, port });
    }
    const before = uploads.accepted.length;
    await until('files to arrive again', () => uploads.accepted.length > before + 3);
    await uploads.stop();
    expect([isAlive(program.pid), processesBelow(program.pid, WORKER)]).toEqual([true, [worker]]);
    await expectAllRead(client, uploads.accepted);
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
  } finally {
    await database.stop();
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(dataDir, { recursive: true });
  }
});

test('an embedded PostgreSQL that was killed is started again, and nothing is lost', async () => {
  const dataDir = await createDataDir();
  try {
    const program = startProgram({
      args: ['backend/main.ts'],
      env: { DATA_DIR: dataDir, PORT: '0' },
    });
    const client = await started(program);
    const uploads = keepSending(client);
    for (let kill = 1; kill <= 2; kill++) {
      const before = uploads.accepted.length;
      await until('files to arrive', () => uploads.accepted.length > before + 3);
      const [server = 0] = processesBelow(program.pid, SERVER);
      signalTo(server, 'SIGKILL');
      await until(
        'another server',
        () => processesBelow(program.pid, SERVER).some((pid) => pid !== server),
      );
    }
    const before = uploads.accepted.length;
    await until('files to arrive again', () => uploads.accepted.length > before + 3);
    await uploads.stop();
    await expectAllRead(client, uploads.accepted);
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    expect(program.output).toContain('The database runs again');
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
