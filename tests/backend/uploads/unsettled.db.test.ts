/**
 * Uploads whose writer was lost after it had stored bytes and before the database knew of them.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLeaseLocks } from '../../../backend/database/lease-locks.ts';
import { uploadLock } from '../../../backend/database/unsettled-upload.ts';
import { sweep } from '../../../backend/progress/sweep.ts';
import { openQueue } from '../../../backend/queue/boss.ts';
import { openStorage, type StorageSettings } from '../../../backend/uploads/open-storage.ts';
import { eventually, sha256, startTestApp, type TestApp } from '../../support/app.ts';
import { type S3Double, settingsOf, startS3Double } from '../../support/s3-double.ts';
import { locationOf, tusOf } from '../../support/tus.ts';

const SIZE = 1_000;
const STALE_SECONDS = 300;

describe.each(['disk', 's3'])('storage: %s', (kind) => {
  let app: TestApp;
  let double: S3Double;
  let storage: StorageSettings;
  beforeAll(async () => {
    double = startS3Double();
    storage = kind === 'disk' ? { kind: 'disk' } : settingsOf(double);
    app = await startTestApp({ storage });
  });
  afterAll(async () => {
    await app.stop();
    await double.stop();
  });

  /** An announced file of which the row knows 300 bytes and the storage `stored`. */
  async function unsettled(stored: number) {
    const bytes = new Uint8Array(randomBytes(SIZE));
    const knowledgeId = await app.knowledge();
    const { body } = await app.post(`/knowledge/${knowledgeId}/sessions`, {
      uploads: [{ name: 'a.bin', size: SIZE }],
    });
    const tus = tusOf(app);
    const job_id = body.files[0].job_id;
    const at = locationOf(await tus.create(SIZE, { job_id }));
    await tus.send(at, 0, bytes.subarray(0, 300));
    const id = at.split('/').at(-1)!;
    const writer = createLeaseLocks({ url: app.db.url, name: 'lost-writer', leaseMs: 2_000 });
    await eventually(() => writer.tryLock(uploadLock(id)), (taken) => taken);
    const { partials } = await openStorage(storage, { dataDir: app.dataDir, databaseDir: null });
    const rest = async function* () {
      yield bytes.subarray(300, stored);
    };
    await partials.append(id, 300, rest(), () => {});
    return { id, bytes, knowledgeId, sessionId: body.session_id as string, writer };
  }

  const fileOf = async (sessionId: string) =>
    (await app.get(`/progress/${sessionId}/status?files=true`)).body.files[0];
  const received = async (id: string) =>
    (await app.sql`select received::int as n from headway.upload where id = ${id}`)[0]?.n;

  test('a whole one becomes its file, once, and nobody asks for it', async () => {
    const { bytes, sessionId, writer, id } = await unsettled(SIZE);
    expect(await received(id)).toBe(300);
    await writer.close();
    const { file_id } = await eventually(
      () => fileOf(sessionId),
      ({ status }) => status === 'queued',
    );
    const rows = await app.sql`select id from file
      where meta::jsonb ->> 'file_hash' = ${await sha256(bytes)}`;
    expect(rows).toEqual([{ id: file_id }]);
  });

  test('another one shows how much is here, and is looked after once', async () => {
    const { id, writer } = await unsettled(700);
    await writer.close();
    await eventually(() => received(id), (n) => n === 700);
    const marks = () => app.sql`select 1 from headway.lock where name = ${uploadLock(id)}`;
    await eventually(marks, (rows) => rows.length === 0);
  });

  test('it is not given up before the storage was asked', async () => {
    const { id, sessionId, writer } = await unsettled(SIZE);
    const long = app.sql`now() - make_interval(secs => ${2 * STALE_SECONDS})`;
    await app.sql`update headway.job set updated_at = ${long} where session_id = ${sessionId}`;
    await app.sql`update headway.upload set updated_at = ${long} where id = ${id}`;
    await app.sql`update headway.session set updated_at = ${long} where id = ${sessionId}`;
    const queue = await openQueue(app.db.url, { onError: (error) => app.logged.push(`${error}`) });
    await sweep(app.db, {
      ...queue,
      lostJobs: queue.lost,
      staleSeconds: STALE_SECONDS,
      retentionSeconds: 3_600,
    });
    await queue.stop();
    expect(await fileOf(sessionId)).toMatchObject({ status: 'uploading', error_code: null });
    await writer.close();
    await eventually(() => fileOf(sessionId), ({ status }) => status === 'queued');
  });
});
