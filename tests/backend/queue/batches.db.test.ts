/**
 * Small texts that are run together: whatever happens to some of them, the others do not notice.
 *
 * @module
 */
import { message, text } from '../../../backend/contract/messages/catalogue.ts';
import type { Part } from '#contract/files.ts';
import { paths } from '#contract/paths.ts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { ProcessingError } from '../../../backend/processing/processor.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import type { Host } from '../../../backend/queue/host.ts';
import { jobKinds } from '../../../backend/queue/job-kind.ts';
import { Outage } from '../../../backend/queue/outage.ts';
import { runBatch } from '../../../backend/queue/run-batch.ts';
import { Interrupted, type RunContext } from '../../../backend/queue/run-context.ts';
import { runJob } from '../../../backend/queue/run-job.ts';
import { takeBatch } from '../../../backend/queue/take-batch.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { whileInsertsRefused, whileRefused } from '../../support/refused-writes.ts';
import { endPrograms, until } from '../../support/processes.ts';

let app: Installation;
let db: Database;
let queue: Queue;
let context: RunContext;
let alone: Set<string>;
/** What happens when the reading of a file begins, by its name. */
let atReading: (name: string) => Promise<unknown> | unknown;

beforeAll(async () => {
  app = await createInstallation();
  db = connect(app.url, { max: 4 });
  queue = await openQueue(app.url, { onError: (error) => app.complaints.push(`${error}`) });
  context = {
    db,
    queue,
    host: standInHost(),
    worker: 'the test',
    workDir: `${app.dataDir}/work`,
    modelDir: `${app.dataDir}/models`,
    kinds: jobKinds([]),
    outage: new Outage(),
    localBytes: (path) => Promise.resolve({ path, async [Symbol.asyncDispose]() {} }),
    log: () => {},
  };
  await app.sql`create table ended (id uuid)`;
  await app.sql`
    create function record_end() returns trigger language plpgsql as $$ begin
      insert into ended values (new.id); return null; end $$`;
  await app.sql`create trigger record_end after update of finished_at on headway.job for each row
    when (old.finished_at is null and new.finished_at is not null) execute function record_end()`;
  await app.sql`
    create function refuse_poison() returns trigger language plpgsql as $$ begin
      raise exception 'This text is refused'; end $$`;
  await app.sql`create trigger refuse_poison before insert on headway.part for each row
    when (new.text like '%poison%') execute function refuse_poison()`;
});
beforeEach(() => {
  alone = new Set();
  atReading = () => {};
});
afterEach(endPrograms);
afterAll(async () => {
  await queue.stop();
  await db.close();
  await app.close();
});

/** Reads files as a child process would; those called `picture` are none that can be read. */
function standInHost(): Host {
  const isPicture = (name: string) => name.startsWith('picture');
  return {
    detect: (_path, name) =>
      Promise.resolve({
        type: 'detected',
        mediaType: isPicture(name) ? 'image/png' : 'text/plain',
        processor: 'text',
        version: 1,
        step: 'extract',
      }),
    async *process({ path, name }, signal) {
      await atReading(name);
      signal.throwIfAborted();
      if (isPicture(name)) throw new ProcessingError('broken_file', text('No text'));
      const words = await Deno.readTextFile(path);
      const part: Part = {
        index: 0,
        kind: 'section',
        label: null,
        text: words,
        start: null,
        end: null,
      };
      yield { type: 'size', total: words.length, unit: 'byte' };
      yield { type: 'parts', parts: [part], checkpoint: { at: 1 }, fraction: 1, message: text('') };
    },
    pieces: () => Promise.reject(new Error('No recordings here')) as never,
    close: () => Promise.resolve(),
  };
}

const signals = () => ({ giveWay: new AbortController(), stop: new AbortController() });

/** As a lane does, until nothing waits or it is told to end. */
async function work({ giveWay, stop } = signals()): Promise<void> {
  const told = { giveWay: giveWay.signal, stop: stop.signal };
  while (!giveWay.signal.aborted && !stop.signal.aborted) {
    const job = await queue.take();
    if (!job) return;
    if (await runBatch(context, job, told, alone)) continue;
    alone.delete(job.id);
    await runJob(context, job, told);
  }
}

/** Works on; what is to be tried again is so at once. */
async function workToEnd(): Promise<void> {
  for (let later = 1; later > 0;) {
    await work();
    const rows = await app.sql`
      update headway_queue.job set start_after = now()
      where state in ('created', 'retry') and start_after > now() returning 1`;
    later = rows.length;
  }
}

async function startSession(texts: Record<string, string | Uint8Array>) {
  const ids: string[] = [];
  for (const [name, text] of Object.entries(texts)) ids.push(await app.upload(name, text));
  const sessionId = await app.start(await app.createKnowledge(), ids);
  const jobs = await app.sql<{ id: string; name: string }[]>`
    select id, name from headway.job where session_id = ${sessionId}`;
  const jobOf = new Map(jobs.map(({ id, name }) => [name, id]));
  const act = (name: string, action: 'cancel' | 'pause') =>
    app.send(paths.fileAction(sessionId, jobOf.get(name)!, action), { method: 'POST' });
  return { sessionId, ids, act };
}

/** The name of a file for each time that one of the session ended. */
const endsOf = async (sessionId: string): Promise<string[]> =>
  (await app.sql`select j.name from ended join headway.job j using (id)
    where j.session_id = ${sessionId}`).map(({ name }) => name);

const passagesOf = async (ids: readonly string[]): Promise<number> => {
  const [row] = await app.sql`
    select count(*)::int as n from headway.passage where file_id = any(${ids as string[]})`;
  return row?.n;
};

/** What may happen when the reading of so manieth file begins. */
const happening = fc.record({
  at: fc.nat(7),
  what: fc.constantFrom('cancel', 'pause', 'give way', 'stop'),
  which: fc.nat(5),
});
const kind = fc.constantFrom('text', 'text', 'text', 'picture', 'poison', 'same');
let runs = 0;

test('whatever happens on the way, every file ends once, and as it would have alone', async () => {
  const scenes = fc.record({
    kinds: fc.array(kind, { minLength: 2, maxLength: 6 }),
    happenings: fc.array(happening, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(scenes, async ({ kinds, happenings }) => {
      const run = ++runs;
      const names = kinds.map((kind, at) => `${kind}-${at}-of-${run}.txt`);
      const textOf = (name: string) => name.replace(/^same-\d/, 'same');
      const texts = Object.fromEntries(names.map((name) => [name, textOf(name)]));
      const { sessionId, ids, act } = await startSession(texts);
      const ends = signals();
      const cancelled = new Set<string>();
      let begun = 0;
      atReading = async () => {
        const now = begun++;
        for (const { what, which } of happenings.filter(({ at }) => at === now)) {
          const name = names[which];
          if (what === 'give way') ends.giveWay.abort(new Interrupted(text('the test')));
          else if (what === 'stop') ends.stop.abort(new Interrupted(text('the test')));
          else if (name && (await act(name, what)).ok && what === 'cancel') cancelled.add(name);
        }
      };
      await work(ends);
      atReading = () => {};
      await app.send(paths.sessionAction(sessionId, 'resume'), { method: 'POST' });
      await workToEnd();

      const { files = [], ...session } = await app.status(sessionId);
      const expected = (name: string) => {
        if (cancelled.has(name)) return 'cancelled';
        return /^(picture|poison)/.test(name) ? 'error' : 'completed';
      };
      expect(files.map(({ name, status }) => [name, status]).toSorted())
        .toEqual(names.map((name) => [name, expected(name)]).toSorted());
      expect(isOver(session)).toBe(true);
      expect((await endsOf(sessionId)).toSorted()).toEqual(names.toSorted());
      for (const [at, name] of names.entries()) {
        if (expected(name) !== 'completed') continue;
        expect((await app.file(ids[at]!)).data)
          .toEqual({ status: 'completed', content: textOf(name) });
        expect((await app.parts(ids[at]!)).map(({ text }) => text)).toEqual([textOf(name)]);
      }
      const completed = names.filter((name) => expected(name) === 'completed');
      expect(await passagesOf(ids)).toBe(completed.length);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

test('small texts of one session are taken as they stand in the queue, and nothing else', async () => {
  const own = { '1.txt': 'One', '2.md': 'Two', '3.json': '"Two"', '4.txt': 'Two', '5.csv': 'a,b' };
  const { sessionId } = await startSession({
    ...own,
    '6.txt': 'x'.repeat(70_000),
    '7.txt': 'Seven',
  });
  const other = await startSession({ '1.txt': 'Of another session' });
  // Of the same moment, the queue takes them as they lie.
  await app.sql`update headway_queue.job q set created_on = created_on + position * interval '1 ms'
    from headway.job j where j.id = q.id`;
  const head = (await queue.take())!;
  const names = (batch: Awaited<ReturnType<typeof takeBatch>>) =>
    batch?.jobs.map(({ name }) => name);
  expect(await takeBatch(context, head, new Set([head.id]))).toBeNull();
  const batch = await takeBatch(context, head, new Set());
  // The fourth has the bytes of the second, and the sixth is large.
  expect(names(batch)).toEqual(['1.txt', '2.md', '3.json', '5.csv']);
  const rows = await app.sql`
    select j.name, j.status, q.state from headway.job j join headway_queue.job q on q.id = j.id
    where j.session_id = ${sessionId} order by j.position`;
  const taken = (name: string) => ({ name, status: 'processing', state: 'active' });
  const waits = (name: string) => ({ name, status: 'queued', state: 'created' });
  expect([...rows]).toEqual([
    taken('1.txt'),
    taken('2.md'),
    taken('3.json'),
    waits('4.txt'),
    taken('5.csv'),
    waits('6.txt'),
    waits('7.txt'),
  ]);
  // While the second is read, so are the bytes of the fourth.
  expect(await takeBatch(context, (await queue.take())!, new Set())).toBeNull();
  expect(await takeBatch(context, (await queue.take())!, new Set())).toBeNull();
  expect(names(await takeBatch(context, (await queue.take())!, new Set()))).toEqual(['7.txt']);
  for (const id of [sessionId, other.sessionId]) {
    await app.send(paths.progress(id), { method: 'DELETE' });
  }
});

test('one that its worker died on runs alone', async () => {
  const { sessionId } = await startSession({ '1.txt': 'First', '2.txt': 'Second' });
  const head = (await queue.take())!;
  expect(await takeBatch(context, { ...head, retryCount: 1 }, new Set())).toBeNull();
  await app.send(paths.progress(sessionId), { method: 'DELETE' });
});

test('a worker is killed before the end of a batch: nothing is lost, nothing is there twice', async () => {
  const texts = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [`${at}.txt`, `Text ${at}`]),
  );
  const { sessionId, ids } = await startSession(texts);
  const before = await app.sql.begin(async (tx) => {
    // Who ends the batch waits for us.
    await tx`lock table headway.pace in exclusive mode`;
    const worker = await app.startWorker();
    await until('the end of the batch to begin', async () => {
      const rows = await app.sql`select 1 from pg_stat_activity
        where datname = current_database() and application_name = 'headway-worker'
          and wait_event_type = 'Lock'`;
      return rows.length > 0;
    });
    worker.kill('SIGKILL');
    await worker.ended;
    return (await app.status(sessionId)).processed_files;
  });
  await app.startWorker();
  const done = await app.reaches(sessionId, isOver);
  expect(done).toMatchObject({ status: 'completed', processed_files: 12, failed_files: 0 });
  expect(before).toBeLessThan(11);
  expect(done.files?.filter(({ attempt }) => attempt === 1)).toHaveLength(before);
  expect((await endsOf(sessionId)).toSorted()).toEqual(Object.keys(texts).toSorted());
  expect(await passagesOf(ids)).toBe(12);
});

/** Has a transaction of the app lock the row of a file; what is returned ends it. */
async function lockRow(fileId: string) {
  const host = await app.sql.reserve();
  await host`begin`;
  await host`select 1 from file where id = ${fileId} for update`;
  let ended = false;
  const release = async () => {
    if (ended) return;
    ended = true;
    await host`rollback`;
    host.release();
  };
  return { release, [Symbol.asyncDispose]: release };
}

const waitsFor = (fileId: string) =>
  app.sql`select status, environment, failures, message from headway.job where file_id = ${fileId}`;
const HELD = {
  status: 'queued',
  environment: 'rows_locked',
  failures: 0,
  message: message('waiting_for_environment', { failure: 'rows_locked', seconds: 5 }),
};

test('a file whose row the app has locked waits, and nothing else does', async () => {
  const { sessionId, ids } = await startSession({ '1.txt': 'A', '2.txt': 'B', '3.txt': 'C' });
  const other = await startSession({ '1.txt': 'Of another session' });
  await using locked = await lockRow(ids[1]!);
  await work();
  expect([...await waitsFor(ids[1]!)]).toEqual([HELD]);
  expect(await app.status(sessionId)).toMatchObject({ processed_files: 2, failed_files: 0 });
  expect(await app.status(other.sessionId)).toMatchObject({ status: 'completed' });
  expect(await (await app.raw('/ready')).json()).toMatchObject({
    waiting: [{ reason: 'rows_locked', jobs: 1 }],
  });
  await locked.release();
  await workToEnd();
  expect(await app.status(sessionId)).toMatchObject({ status: 'completed', failed_files: 0 });
});

test.each(
  [['knowledge_file', '1.txt'], ['knowledge_file', 'large.txt'], ['file', '1.txt']] as const,
)(
  'a file whose new row of %s the app refuses waits, and ends once it does not: %s',
  async (table, name) => {
    const words = `Refused in ${table}. `;
    const { sessionId, ids } = await startSession({ [name]: words.repeat(8_000) });
    const refused = table === 'file'
      ? (test: () => Promise<void>) => whileRefused(app.sql, table, ids[0]!, test)
      : (test: () => Promise<void>) => whileInsertsRefused(app.sql, table, test);
    await refused(async () => {
      await work();
      expect([...await waitsFor(ids[0]!)]).toEqual([{
        ...HELD,
        environment: 'rows_refused',
        message: message('waiting_for_environment', { failure: 'rows_refused', seconds: 5 }),
      }]);
      expect(await app.status(sessionId)).toMatchObject({ processed_files: 0, failed_files: 0 });
      expect(await (await app.raw('/ready')).json()).toMatchObject({
        waiting: [{ reason: 'rows_refused', jobs: 1 }],
      });
    });
    await workToEnd();
    expect(await app.status(sessionId)).toMatchObject({ status: 'completed', failed_files: 0 });
  },
);

test.each([['completed', 'large.txt'], ['error', 'picture-large.txt']])(
  'a file whose row is locked while it is read keeps what was read, and ends as %s',
  async (status, name) => {
    const { sessionId, ids } = await startSession({ [name]: name.repeat(8_000) });
    const [id] = ids as [string];
    await using locked = new AsyncDisposableStack();
    atReading = async (): Promise<void> => {
      atReading = () => {};
      locked.use(await lockRow(id));
    };
    await work();
    expect([...await waitsFor(id)]).toMatchObject([{ ...HELD, failures: expect.any(Number) }]);
    expect(await app.parts(id)).toHaveLength(status === 'completed' ? 1 : 0);
    await locked.disposeAsync();
    await workToEnd();
    expect(await app.status(sessionId)).toMatchObject({ status, files: [{ status }] });
  },
);
