/**
 * The app deletes files, removes links and writes texts while Headway reads. The worker here is the
 * test itself.
 */
import { message, text } from '../../../backend/contract/messages/catalogue.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../backend/knowledge/hash.ts';
import { createReconciler } from '../../../backend/knowledge/reconcile.ts';
import { clean } from '../../../backend/queue/clean.ts';
import { endBatch } from '../../../backend/queue/end-batch.ts';
import { readSmall } from '../../../backend/queue/read-small.ts';
import { Interrupted } from '../../../backend/queue/run-context.ts';
import { runJob, type RunOutcome } from '../../../backend/queue/run-job.ts';
import { takeBatch } from '../../../backend/queue/take-batch.ts';
import { standInFile, standInText } from '../../support/gated-reader.ts';
import {
  createInProcessWorker,
  type InProcessWorker,
  undisturbed,
} from '../../support/in-process-worker.ts';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { until } from '../../support/processes.ts';

const PARTS = 4;
const READ = Array.from({ length: PARTS }, (_, at) => standInText(at));
const CONTENT = READ.join('\n');
const KEPT_OF_FILES = [
  'passage',
  'part',
  'extraction',
  'published_text',
  'stale_text',
  'file_failure',
  'unwritten_status',
  'known_state',
  'delivered_file',
];

describe.each([{ kept: true }, { kept: false }])('list kept: $kept', ({ kept }) => {
  let app: Installation;
  let worker: InProcessWorker;
  beforeAll(async () => {
    app = await createInstallation();
    if (!kept) await app.sql`select headway.leave_file_list()`;
    worker = await createInProcessWorker(app);
  });
  afterAll(async () => {
    await worker.close();
    await app.close();
  });

  let files = 0;

  interface Waiting {
    readonly name: string;
    readonly fileId: string;
    readonly base: string;
  }

  /** A file that was sent for a knowledge base, of which the first part may be read. */
  async function send(data: object = { status: 'pending' }): Promise<Waiting> {
    const name = `${++files}.wav`;
    const base = await app.createKnowledge();
    const fileId = await app.upload(name, standInFile(PARTS));
    await app.sql`update file set data = ${app.sql.json(data as never)},
      meta = jsonb_set(meta::jsonb, '{data}', ${app.sql.json({ knowledge_id: base })})
      where id = ${fileId}`;
    await app.gates.open(name, 1);
    return { name, fileId, base };
  }

  /** Runs the job that waits. */
  async function run(signals = undisturbed()): Promise<RunOutcome> {
    await app.sql`update headway_queue.job set start_after = now()
      where state in ('created', 'retry')`;
    const job = await worker.queue.take();
    if (!job) throw new Error('No job waits');
    const beating = setInterval(() => worker.queue.touch(job).catch(() => {}), 1_000);
    return await runJob(worker.context, job, signals).finally(() => clearInterval(beating));
  }

  interface Reading extends Waiting {
    /** An object, for a promise would be waited for. */
    readonly run: { readonly ended: Promise<RunOutcome> };
  }

  /** A file that is being read, of which one part is stored. */
  async function begin(data?: object, signals = undisturbed()): Promise<Reading> {
    const waiting = await send(data);
    await app.start(waiting.base, [waiting.fileId]);
    const ended = run(signals);
    ended.catch(() => {});
    await stored(waiting, 1);
    return { ...waiting, run: { ended } };
  }

  const stored = ({ fileId }: Waiting, parts: number) =>
    until(
      `${parts} parts to be stored`,
      async () =>
        (await app.sql`select 1 from headway.part where file_id = ${fileId}`).length >= parts,
    );

  async function readOn(waiting: Waiting, parts: number): Promise<void> {
    await app.gates.open(waiting.name, parts);
    await stored(waiting, parts);
  }

  async function readToEnd({ name, run }: Reading): Promise<RunOutcome> {
    await app.gates.open(name, Infinity);
    return await run.ended;
  }

  const rowOf = async ({ fileId }: Waiting) =>
    (await app.sql`select data from file where id = ${fileId}`)[0]?.data;
  const write = ({ fileId }: Waiting, data: object) =>
    app.sql`update file set data = ${app.sql.json(data as never)} where id = ${fileId}`;
  const textsOf = async ({ fileId }: Waiting) => (await app.parts(fileId)).map(({ text }) => text);

  describe('a file that the app deletes', () => {
    const deleteRow = ({ fileId }: Waiting) => app.sql`delete from file where id = ${fileId}`;

    async function left({ fileId }: Waiting): Promise<string[]> {
      const tables: string[] = [];
      for (const table of KEPT_OF_FILES) {
        const rows = await app.sql`select 1 from headway.${app.sql(table)}
          where file_id = ${fileId}`;
        if (rows.length > 0) tables.push(table);
      }
      return tables;
    }

    async function expectEnded(waiting: Waiting): Promise<void> {
      const [job] = await app.sql`select status, error, error_code from headway.job
        where file_id = ${waiting.fileId}`;
      expect(job).toEqual({
        status: 'error',
        error: message('file_deleted'),
        error_code: 'bytes_missing',
      });
      expect(await left(waiting)).toEqual([]);
    }

    test('before its turn is not read', async () => {
      const waiting = await send();
      await app.start(waiting.base, [waiting.fileId]);
      await deleteRow(waiting);
      expect(await run()).toBe('failed');
      await expectEnded(waiting);
    });

    test('while it is read is read no further, and nothing of it stays', async () => {
      const reading = await begin();
      const { fileId } = reading;
      await app.sql`insert into headway.published_text (file_id, hash) values (${fileId}, '')`;
      await app.sql`insert into headway.stale_text (file_id, hashes) values (${fileId}, '{}')`;
      await app.sql`insert into headway.known_state (file_id, row_xmin, row_ctid, status)
        select id, xmin, ctid, 'pending' from file where id = ${fileId}`;
      await deleteRow(reading);
      // Two parts are left, which wait at the gate.
      await app.gates.open(reading.name, 2);
      expect(await reading.run.ended).toBe('failed');
      await expectEnded(reading);
    });

    test('after its last part is not completed', async () => {
      const reading = await begin();
      await readOn(reading, PARTS);
      await deleteRow(reading);
      expect(await readToEnd(reading)).toBe('failed');
      await expectEnded(reading);
    });

    test('while no worker runs is forgotten by upkeep, others are not', async () => {
      const read = await begin();
      const other = await begin();
      for (const reading of [other, read]) {
        expect(await readToEnd(reading)).toBe('completed');
        await app.sql`insert into headway.file_failure (file_id, code, message)
          values (${reading.fileId}, 'stalled', ${JSON.stringify(text('Why'))}::text::jsonb)`;
        await app.sql`
          insert into headway.unwritten_status (file_id, kind, data, row_created_at, retry_at)
          select id, 'failed', '{}', created_at, 'infinity' from file where id = ${reading.fileId}`;
        await app.sql`insert into headway.stale_text (file_id, hashes)
          values (${reading.fileId}, '{}')`;
      }
      await deleteRow(read);
      expect(await left(read)).toEqual(expect.arrayContaining(['passage', 'part', 'extraction']));
      const bytes = { async *list() {}, remove: () => Promise.resolve() };
      await clean(worker.db, { historyDays: 90, bytes });
      expect(await left(read)).toEqual([]);
      expect(await textsOf(other)).toEqual(READ);
      expect(await left(other)).toEqual(
        KEPT_OF_FILES.filter((table) => table !== 'known_state'),
      );
    });
  });

  describe('a link', () => {
    const link = ({ fileId, base }: Waiting) =>
      app
        .sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
        values (${crypto.randomUUID()}, ${base}, ${fileId}, 'local', 1, 1)`;
    const unlink = ({ fileId, base }: Waiting) =>
      app.sql`delete from knowledge_file where file_id = ${fileId} and knowledge_id = ${base}`;
    const isLinked = async ({ fileId, base }: Waiting) =>
      (await app.sql`select 1 from knowledge_file
        where file_id = ${fileId} and knowledge_id = ${base}`).length > 0;

    test('that never was is made at the end', async () => {
      const reading = await begin();
      expect([await readToEnd(reading), await isLinked(reading)]).toEqual(['completed', true]);
    });

    test('that the app makes and removes while the file is read stays removed', async () => {
      const reading = await begin();
      await link(reading);
      // Without triggers it is seen at the next checkpoint.
      if (!kept) await readOn(reading, 2);
      await unlink(reading);
      expect([await readToEnd(reading), await isLinked(reading)]).toEqual(['completed', false]);
      await app.gates.open(reading.name, Infinity);
      await app.start(reading.base, [reading.fileId]);
      expect([await run(), await isLinked(reading)]).toEqual(['completed', true]);
    });

    test('that another reading made, and the app removed, stays removed', async () => {
      const waiting = await send();
      const { fileId, base } = waiting;
      // Nothing in the row says that it was sent there.
      await app.sql`update file set meta = meta::jsonb - 'data' where id = ${fileId}`;
      for (let sessions = 0; sessions < 2; sessions++) await app.start(base, [fileId]);
      await app.gates.open(waiting.name, Infinity);
      expect([await run(), await isLinked(waiting)]).toEqual(['completed', true]);
      await unlink(waiting);
      expect([await run(), await isLinked(waiting)]).toEqual(['completed', false]);
      await app.start(base, [fileId]);
      expect([await run(), await isLinked(waiting)]).toEqual(['completed', true]);
    });

    test('that was there when the file was asked for, and not when it was begun, stays removed', async () => {
      const waiting = await send();
      await link(waiting);
      await app.start(waiting.base, [waiting.fileId]);
      await unlink(waiting);
      await app.gates.open(waiting.name, Infinity);
      expect([await run(), await isLinked(waiting)]).toEqual(['completed', false]);
    });
  });

  describe('a text in the row', () => {
    const PERSON = { status: 'processing', content: 'By a person.', theirs: 1 };
    const DONE = { status: 'completed', content: CONTENT };

    test('that the app writes while the file is read is kept until it is read again', async () => {
      const reading = await begin();
      await write(reading, PERSON);
      expect(await readToEnd(reading)).toBe('completed');
      const ended = { ...PERSON, status: 'completed' };
      expect(await rowOf(reading)).toEqual(ended);
      expect(await textsOf(reading)).toEqual(READ);
      await createReconciler(worker.db)();
      expect(await rowOf(reading)).toEqual(ended);
      await app.start(reading.base, [reading.fileId]);
      expect([await run(), await rowOf(reading)]).toEqual(['completed', { ...DONE, theirs: 1 }]);
    });

    test.each([
      ['a text', { status: 'completed', content: 'Of before.' }],
      ['no text', { status: 'pending' }],
      ['a long text', { status: 'completed', content: 'Of before. '.repeat(1_000) }],
    ])('that the app writes while the file waits is kept, after %s', async (_, before) => {
      const waiting = await send(before);
      const sessionId = await app.start(waiting.base, [waiting.fileId]);
      await app.ask(`/sessions/${sessionId}/pause`, { method: 'POST' });
      await write(waiting, PERSON);
      await app.ask(`/sessions/${sessionId}/resume`, { method: 'POST' });
      await app.gates.open(waiting.name, Infinity);
      expect(await run()).toBe('completed');
      expect(await rowOf(waiting)).toEqual({ ...PERSON, status: 'completed' });
    });

    test('that was there at the request gives way, whatever else the app writes meanwhile', async () => {
      const before = { status: 'completed', content: 'Of before. '.repeat(1_000) };
      const waiting = await send(before);
      await app.start(waiting.base, [waiting.fileId]);
      await write(waiting, { ...before, status: 'processing', theirs: 1 });
      await app.gates.open(waiting.name, Infinity);
      expect([await run(), await rowOf(waiting)]).toEqual(['completed', { ...DONE, theirs: 1 }]);
    });

    test('that was replaced, and is written on purpose before the next reading ends, is kept', async () => {
      const before = { status: 'completed', content: 'Of before.' };
      const waiting = await send(before);
      await app.gates.open(waiting.name, Infinity);
      await app.start(waiting.base, [waiting.fileId]);
      expect([await run(), await rowOf(waiting)]).toEqual(['completed', DONE]);
      await app.start(waiting.base, [waiting.fileId]);
      await write(waiting, before);
      await app.sql`update file set hash = ${sha256(before.content)}, updated_at = updated_at + 60
        where id = ${waiting.fileId}`;
      expect([await run(), await rowOf(waiting)]).toEqual(['completed', before]);
    });

    test('that the app writes while a retry waits is kept, one of before the retry is not', async () => {
      const waiting = await send({ status: 'pending' });
      const sessionId = await app.start(waiting.base, [waiting.fileId]);
      const command = (name: string) =>
        app.ask(`/sessions/${sessionId}/${name}`, { method: 'POST' });
      await command('cancel');
      const first = { status: 'completed', content: 'Written before the retry.' };
      await write(waiting, first);
      await command('retry');
      await app.gates.open(waiting.name, Infinity);
      expect([await run(), await rowOf(waiting)]).toEqual(['completed', DONE]);
      const again = await app.start(waiting.base, [waiting.fileId]);
      await app.ask(`/sessions/${again}/cancel`, { method: 'POST' });
      await app.ask(`/sessions/${again}/retry`, { method: 'POST' });
      await write(waiting, PERSON);
      expect(await run()).toBe('completed');
      expect(await rowOf(waiting)).toEqual({ ...PERSON, status: 'completed' });
    });

    test('that the app writes while the reading is interrupted is kept', async () => {
      const giveWay = new AbortController();
      const reading = await begin({ status: 'pending' }, {
        ...undisturbed(),
        giveWay: giveWay.signal,
      });
      giveWay.abort(new Interrupted(text('another')));
      await app.gates.open(reading.name, 2);
      expect(await reading.run.ended).toBe('interrupted');
      await write(reading, PERSON);
      await app.gates.open(reading.name, Infinity);
      expect(await run()).toBe('completed');
      expect(await rowOf(reading)).toEqual({ ...PERSON, status: 'completed' });
    });

    test('of a file that is read together with others is kept', async () => {
      const name = `${++files}.txt`;
      const fileId = await app.upload(name, `Text of ${name} ${kept}`);
      const waiting = { name, fileId, base: await app.createKnowledge() };
      await app.start(waiting.base, [fileId]);
      const queued = await worker.queue.take();
      const batch = await takeBatch(worker.context, queued!, new Set());
      const { stop } = undisturbed();
      const read = [await readSmall(worker.context, batch!, batch!.jobs[0]!, stop)];
      await write(waiting, PERSON);
      await endBatch(worker.context, batch!, read, performance.now());
      expect(await rowOf(waiting)).toEqual({ ...PERSON, status: 'completed' });
      expect(await textsOf(waiting)).toEqual([`Text of ${name} ${kept}`]);
    });

    test.each([
      ['an empty one', { status: 'pending' }, { status: 'processing', content: '' }],
      [
        'that of before',
        { status: 'completed', content: 'Of before.' },
        { status: 'processing', content: 'Of before.' },
      ],
      ['none, then that of before', { status: 'completed', content: 'Of before.' }, {}],
    ])('that is a stale copy gives way: %s', async (_, before, written) => {
      const reading = await begin(before);
      await write(reading, written);
      expect([await readToEnd(reading), await rowOf(reading)]).toEqual(['completed', DONE]);
      await write(reading, before);
      await createReconciler(worker.db)();
      expect(await rowOf(reading)).toEqual(DONE);
    });
  });
});
