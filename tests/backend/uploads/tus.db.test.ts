/**
 * The tus protocol, version 1.0, as this server speaks it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../../backend/contract/paths.ts';
import {
  type Answer,
  eventually,
  notProblem,
  SECRET,
  sha256,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';
import {
  locationOf,
  metadataHeader,
  offsetOf,
  type Tus,
  tusOf,
  VERSION,
} from '../../support/tus.ts';

const MAX_BYTES = 2_000_000;

let app: TestApp;
let tus: Tus;
beforeAll(async () => {
  app = await startTestApp({ maxUploadBytes: MAX_BYTES });
  tus = tusOf(app);
});
afterAll(() => app.stop());

const bytesOf = (size: number) => new Uint8Array(randomBytes(size));

interface Announced {
  readonly knowledgeId: string;
  readonly sessionId: string;
  readonly jobs: string[];
}

/** A session of files that are still to be sent. */
async function announce(...sizes: number[]): Promise<Announced> {
  const knowledgeId = await app.knowledge();
  const uploads = sizes.map((size, at) => ({
    name: `${at}.bin`,
    size,
    last_modified: 1_700_000_000_000,
  }));
  const { body } = await app.post(`/knowledge/${knowledgeId}/sessions`, { uploads });
  return {
    knowledgeId,
    sessionId: body.session_id,
    jobs: body.files.map((file: { job_id: string }) => file.job_id),
  };
}

const filesOf = async (sessionId: string) =>
  (await app.get(`/progress/${sessionId}/status?files=true`)).body.files;

/** An upload of which the first `sent` bytes are there. */
async function begun(size: number, sent: number) {
  const bytes = bytesOf(size);
  const session = await announce(size);
  const jobId = session.jobs[0]!;
  const at = locationOf(await tus.create(size, { job_id: jobId }));
  if (sent > 0) await tus.send(at, 0, bytes.subarray(0, sent));
  return { ...session, jobId, at, bytes };
}

async function storedHash(fileId: string): Promise<string> {
  const [row] = await app.sql`select path from file where id = ${fileId}`;
  return await sha256(await Deno.readFile(row?.path));
}

describe('OPTIONS', () => {
  test('says what is spoken here', async () => {
    const { status, headers } = await app.ask('OPTIONS', '/uploads');
    expect(status).toBe(204);
    expect(headers.get('tus-version')).toBe('1.0.0');
    expect(headers.get('tus-max-size')).toBe(`${MAX_BYTES}`);
    expect(headers.get('tus-extension')?.split(',').sort()).toEqual([
      'checksum',
      'creation',
      'creation-with-upload',
      'expiration',
      'termination',
    ]);
    expect(headers.get('tus-checksum-algorithm')).toBe('sha256,sha1');
  });

  test('lets no page of another site in', async () => {
    const headers = {
      origin: 'https://elsewhere.example',
      'access-control-request-method': 'POST',
    };
    const answer = await app.ask('OPTIONS', '/uploads', { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an upload of an announced file', () => {
  test('arrives in pieces and is queued with its job, byte for byte', async () => {
    const { at, bytes, sessionId, knowledgeId } = await begun(100_000, 40_000);
    const head = await tus.head(at);
    expect([head.status, offsetOf(head), head.headers.get('upload-length')]).toEqual([
      200,
      40_000,
      '100000',
    ]);
    expect(head.headers.get('cache-control')).toBe('no-store');
    const last = await tus.send(at, 40_000, bytes.subarray(40_000));
    expect([last.status, offsetOf(last)]).toEqual([204, 100_000]);
    const fileId = last.headers.get('content-location')!.split('/').at(-1)!;
    expect(await storedHash(fileId)).toBe(await sha256(bytes));
    const { body: file } = await app.get(`/files/${fileId}`);
    expect(file).toMatchObject({
      filename: '0.bin',
      meta: { size: 100_000, file_hash: await sha256(bytes), data: { knowledge_id: knowledgeId } },
    });
    expect(await filesOf(sessionId)).toEqual([
      expect.objectContaining({ file_id: fileId, status: 'queued', progress: 10 }),
    ]);
  });

  test('arrives with its creation', async () => {
    const bytes = bytesOf(5_000);
    const { jobs: [jobId], sessionId } = await announce(5_000);
    const created = await tus.create(5_000, { job_id: jobId!, filename: 'x.bin' }, { body: bytes });
    expect([created.status, offsetOf(created)]).toEqual([201, 5_000]);
    const [file] = await filesOf(sessionId);
    expect(file.status).toBe('queued');
    expect(await storedHash(file.file_id)).toBe(await sha256(bytes));
  });

  test('may have no bytes at all', async () => {
    const { jobs: [jobId], sessionId } = await announce(0);
    expect((await tus.create(0, { job_id: jobId! })).status).toBe(201);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'queued', size: 0 }]);
  });

  test('is one file and one job, however often its end is said again', async () => {
    const { at, bytes, sessionId } = await begun(1_000, 1_000);
    const again = await Promise.all([
      tus.head(at),
      tus.send(at, 1_000, ''),
      tus.head(at),
      tus.send(at, 1_000, ''),
    ]);
    expect(again.map(offsetOf)).toEqual([1_000, 1_000, 1_000, 1_000]);
    const [file] = await filesOf(sessionId);
    expect(
      await app.sql`select 1 from file where meta::jsonb ->> 'file_hash' = ${await sha256(bytes)}`,
    )
      .toHaveLength(1);
    expect(await app.sql`select 1 from headway_queue.job where id = ${file.job_id}`).toHaveLength(
      1,
    );
    expect((await tus.end(at)).status).toBe(400);
  });

  test('shares what is there with whoever begins it again', async () => {
    const { at, jobId, bytes } = await begun(1_000, 600);
    const again = await tus.create(1_000, { job_id: jobId });
    expect(notProblem(again, 'conflict')).toBeNull();
    expect(locationOf(again)).toBe(at);
    expect((await tus.send(at, 600, bytes.subarray(600))).status).toBe(204);
  });

  test('tells a second device how far it is', async () => {
    const { jobId, at, sessionId, knowledgeId } = await begun(1_000, 250);
    const { body } = await app.get(`/uploads?knowledge_id=${knowledgeId}`);
    expect(body.items).toEqual([{
      job_id: jobId,
      session_id: sessionId,
      knowledge_id: knowledgeId,
      name: '0.bin',
      size: 1_000,
      media_type: null,
      last_modified: 1_700_000_000_000,
      upload_id: at.split('/').at(-1),
      received: 250,
      paused: false,
      folder: null,
      active: true,
      expires_at: expect.any(Number),
    }]);
  });
});

describe('an upload that was not announced', () => {
  test('makes a session of its own', async () => {
    const knowledgeId = await app.knowledge();
    const bytes = new TextEncoder().encode('It is a truth');
    const metadata = {
      knowledge_id: knowledgeId,
      filename: '../pride.txt',
      language: 'en',
      folder: 'novels/1813',
    };
    const created = await tus.create(bytes.length, metadata, { body: bytes });
    expect(created.status).toBe(201);
    const { body } = await app.get(`/sessions?knowledge_id=${knowledgeId}&files=true`);
    expect(body.items).toMatchObject([{
      total_files: 1,
      files: [{ name: 'pride.txt', status: 'queued' }],
    }]);
    const { body: file } = await app.get(`/files/${body.items[0].files[0].file_id}`);
    expect(file.meta).toMatchObject({
      content_type: 'text/plain',
      data: { knowledge_id: knowledgeId, language: 'en', folder: 'novels/1813' },
    });
  });
});

describe('what is refused', () => {
  test.each<[string, () => Promise<Answer>, Parameters<typeof notProblem>[1]]>([
    [
      'another version',
      () => app.ask('POST', '/uploads', { headers: { 'upload-length': '1' } }),
      'precondition_failed',
    ],
    [
      'a length that is none',
      () => app.ask('POST', '/uploads', { headers: { ...VERSION, 'upload-length': '1e3' } }),
      'bad_request',
    ],
    ['no length', () => app.ask('POST', '/uploads', { headers: VERSION }), 'bad_request'],
    [
      'a length to be said later',
      () => app.ask('POST', '/uploads', { headers: { ...VERSION, 'upload-defer-length': '1' } }),
      'bad_request',
    ],
    ['more than is allowed', () => tus.create(MAX_BYTES + 1, { filename: 'a' }), 'too_large'],
    ['a job that is none', () => tus.create(1, { job_id: 'x' }), 'invalid'],
    ['a job that is not awaited', () => tus.create(1, { job_id: crypto.randomUUID() }), 'conflict'],
    [
      'a knowledge base that is none',
      () => tus.create(1, { knowledge_id: 'x', filename: 'a' }),
      'knowledge_not_found',
    ],
    [
      'a file of another size than announced',
      async () => tus.create(6, { job_id: (await announce(5)).jobs[0]! }),
      'invalid',
    ],
    ['an upload that is none', () => tus.head('/uploads/x'), 'upload_not_found'],
    [
      'an upload that never was',
      () => tus.send(`/uploads/${crypto.randomUUID()}`, 0, 'x'),
      'upload_not_found',
    ],
    ['GET of an upload', () => app.get('/uploads/x'), 'method_not_allowed'],
    ['another offset', async () => tus.send((await begun(10, 5)).at, 4, 'x'), 'conflict'],
    [
      'more bytes than said',
      async () => tus.send((await begun(10, 5)).at, 5, 'x'.repeat(6)),
      'too_large',
    ],
    [
      'bytes as something else',
      async () =>
        tus.send((await begun(10, 5)).at, 5, 'x', { headers: { 'content-type': 'text/plain' } }),
      'unsupported_media_type',
    ],
    ...[
      ['a checksum of another kind', 'crc32 AAAA'],
      ['a checksum that is too short', 'sha256 AAAA'],
      ['a checksum of the length of another kind', `sha1 ${'A'.repeat(43)}=`],
      ['a checksum in another alphabet', `sha256 ${'_'.repeat(43)}=`],
      ['a checksum without its padding', `sha256 ${'A'.repeat(43)}`],
      ['no checksum after its kind', 'sha256'],
    ].map(([what, checksum]): [string, () => Promise<Answer>, 'bad_request'] => [
      what!,
      async () =>
        tus.send((await begun(10, 5)).at, 5, 'x', { headers: { 'upload-checksum': checksum! } }),
      'bad_request',
    ]),
  ])('%s', async (_what, ask, code) => {
    const answer = await ask();
    if (answer.body !== '') expect(notProblem(answer, code)).toBeNull();
    else expect(answer.status).toBe(404);
    if (code !== 'method_not_allowed') expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
  });
});

describe('the address of an upload', () => {
  test('is one, also with its id in capitals or a query: to go on, and to end it', async () => {
    const { at, bytes, sessionId } = await begun(1_000, 400);
    const capitals = `${at.slice(0, at.lastIndexOf('/'))}/${at.split('/').at(-1)!.toUpperCase()}`;
    expect(offsetOf(await tus.head(`${at}?again=1`))).toBe(400);
    const last = await tus.send(capitals, 400, bytes.subarray(400));
    expect([last.status, offsetOf(last)]).toEqual([204, 1_000]);
    const [file] = await filesOf(sessionId);
    expect(await storedHash(file.file_id)).toBe(await sha256(bytes));
  });

  test('ends with the bytes that are there, however its id is written', async () => {
    const { at } = await begun(1_000, 400);
    const id = at.split('/').at(-1)!;
    const partial = join(app.dataDir, 'uploads', 'partial', id);
    expect((await Deno.stat(partial)).size).toBe(400);
    expect((await tus.end(at.replace(id, id.toUpperCase()))).status).toBe(204);
    await expect(Deno.stat(partial)).rejects.toThrow(Deno.errors.NotFound);
  });

  test('answers a POST that overrides HEAD as HEAD, also with a body', async () => {
    const { at } = await begun(1_000, 400);
    const headers = { ...VERSION, 'x-http-method-override': 'HEAD' };
    const answer = await app.ask('POST', at.replace(API_BASE, ''), { headers, body: 'of no use' });
    expect([answer.status, offsetOf(answer)]).toEqual([200, 400]);
  });
});

test('HEAD says the metadata of the creation again, also in the middle', async () => {
  const metadata = { filename: 'Übung 1, Teil "a".bin', filetype: 'application/x-test' };
  const at = locationOf(await tus.create(4, metadata));
  await tus.send(at, 0, 'ab');
  const { status, headers } = await tus.head(at);
  expect([status, headers.get('upload-offset'), headers.get('upload-metadata')])
    .toEqual([200, '2', metadataHeader(metadata)]);
});

test('an announced file that is too large is refused with its upload; the others go on', async () => {
  const knowledgeId = await app.knowledge();
  const uploads = [
    { name: 'small.bin', size: 3 },
    { name: 'huge.bin', size: Number.MAX_SAFE_INTEGER },
  ];
  const { status, body } = await app.post(`/knowledge/${knowledgeId}/sessions`, { uploads });
  expect(status).toBe(202);
  const { files } = (await app.get(`/progress/${body.session_id}/status?files=true`)).body;
  const [small, huge] = files.map(({ job_id }: { job_id: string }) => job_id);
  const creation = { filename: 'huge.bin', job_id: huge };
  expect(notProblem(await tus.create(Number.MAX_SAFE_INTEGER, creation), 'too_large')).toBeNull();
  expect((await tus.create(3, { filename: 'small.bin', job_id: small })).status).toBe(201);
});

describe('a creation whose bytes are refused', () => {
  const wrong = { 'upload-checksum': `sha256 ${createHash('sha256').digest('base64')}` };
  const cases: [string, Parameters<typeof notProblem>[1], number, Record<string, string>][] = [
    ['more of them than said', 'too_large', 2_001, {}],
    ['more of them than said, by the length of the body', 'too_large', 2_001, {
      'content-length': '2001',
    }],
    ['others than their checksum says', 'checksum_mismatch', 2_000, wrong],
  ];

  const traces = async () => {
    const [rows] = await app.sql`select
      (select count(*)::int from headway.session) as sessions,
      (select count(*)::int from headway.job) as jobs,
      (select count(*)::int from headway.upload) as uploads,
      (select count(*)::int from headway.event) as events`;
    return { ...rows, stored: await app.stored() };
  };

  test.each(cases)('leaves nothing of a file of its own: %s', async (_how, code, sent, headers) => {
    const knowledge_id = await app.knowledge();
    const before = await traces();
    const ask = { body: bytesOf(sent), headers };
    const refused = await tus.create(2_000, { filename: 'a.bin', knowledge_id }, ask);
    expect(notProblem(refused, code)).toBeNull();
    expect(await traces()).toEqual(before);
    expect((await app.get(`/sessions?knowledge_id=${knowledge_id}`)).body.items).toEqual([]);
    expect((await app.get(`/uploads?knowledge_id=${knowledge_id}`)).body.items).toEqual([]);
    const { body } = await app.get(`/knowledge/${knowledge_id}`);
    expect(JSON.stringify(body)).not.toContain('processing_');
  });

  test.each(cases)('leaves an announced file awaited: %s', async (_how, code, sent, headers) => {
    const { jobs: [job_id], sessionId } = await announce(2_000);
    const before = await traces();
    const refused = await tus.create(2_000, { job_id: job_id! }, { body: bytesOf(sent), headers });
    expect(notProblem(refused, code)).toBeNull();
    expect(await traces()).toEqual(before);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'uploading' }]);
    const created = await tus.create(2_000, { job_id: job_id! }, { body: bytesOf(2_000) });
    expect([created.status, offsetOf(created)]).toEqual([201, 2_000]);
  });

  test('sets nothing aside any more', async () => {
    const limited = await startTestApp({ limits: { maxUserBytes: 1_000 } });
    const { create } = tusOf(limited);
    const refused = await create(900, { filename: 'a.bin' }, { body: bytesOf(901) });
    expect(notProblem(refused, 'too_large')).toBeNull();
    expect((await create(900, { filename: 'b.bin' })).status).toBe(201);
    await limited.stop();
  });

  test('by a failure of the storage leaves nothing either', async () => {
    const storage = `${app.dataDir}/uploads/partial`;
    const before = await traces();
    await Deno.rename(storage, `${storage}-away`);
    // A folder that is missing would be made again.
    await Deno.writeTextFile(storage, 'No folder');
    const failed = await tus.create(5, { filename: 'a.bin' }, { body: 'hello' });
    await Deno.remove(storage);
    await Deno.rename(`${storage}-away`, storage);
    expect(notProblem(failed, 'internal')).toBeNull();
    expect(app.logged.splice(0)).toHaveLength(1);
    expect(await traces()).toEqual(before);
  });
});

test('a creation that is cancelled while its bytes come stays as cancelled, without bytes', async () => {
  const knowledge_id = await app.knowledge();
  const stored = await app.stored();
  const { promise: cancelled, resolve: goOn } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      controller.enqueue(bytesOf(100));
      await cancelled;
      controller.close();
    },
  }, { highWaterMark: 0 });
  const creating = tus.create(1_000, { filename: 'a.bin', knowledge_id }, { body });
  const { body: { items: [upload] } } = await eventually(
    () => app.get(`/uploads?knowledge_id=${knowledge_id}`),
    ({ body }) => body.items[0]?.upload_id,
  );
  await app.post(`/sessions/${upload.session_id}/cancel`);
  goOn();
  expect(notProblem(await creating, 'upload_gone')).toBeNull();
  const { body: status } = await app.get(`/progress/${upload.session_id}/status`);
  expect(status.status).toBe('cancelled');
  const left = () => app.sql`select 1 from headway.upload where id = ${upload.upload_id}`;
  await eventually(left, (rows) => rows.length === 0);
  expect(await app.stored()).toEqual(stored);
});

describe('a storage that is full', () => {
  test('is the reason that is answered, also while bytes still come', async () => {
    const { at, sessionId } = await begun(1_000, 0);
    const partial = `${app.dataDir}/uploads/partial/${at.split('/').at(-1)}`;
    await Deno.remove(partial);
    // Every write to it fails as on a full disk.
    await Deno.symlink('/dev/full', partial);
    const { promise: answered, resolve: end } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        controller.enqueue(bytesOf(100));
        await answered;
        controller.close();
      },
    }, { highWaterMark: 0 });
    const refused = await tus.send(at, 0, body);
    end();
    expect(notProblem(refused, 'insufficient_storage')).toBeNull();
    expect(offsetOf(await tus.head(at))).toBe(0);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'uploading' }]);
  });
});

describe('checksum', () => {
  const of = (bytes: Uint8Array, algorithm: string) =>
    `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;

  test.each(['sha256', 'sha1'])(
    '%s: what matches is kept, what does not is forgotten whole',
    async (algorithm) => {
      const { at, bytes } = await begun(2_000, 0);
      const [first, rest] = [bytes.subarray(0, 900), bytes.subarray(900)];
      const sent = await tus.send(at, 0, first, {
        headers: { 'upload-checksum': of(first, algorithm) },
      });
      expect(offsetOf(sent)).toBe(900);
      const damaged = await tus.send(at, 900, rest, {
        headers: { 'upload-checksum': of(first, algorithm) },
      });
      expect(notProblem(damaged, 'checksum_mismatch')).toBeNull();
      expect(offsetOf(await tus.head(at))).toBe(900);
      const again = await tus.send(at, 900, rest, {
        headers: { 'upload-checksum': of(rest, algorithm) },
      });
      const fileId = again.headers.get('content-location')!.split('/').at(-1)!;
      expect(await storedHash(fileId)).toBe(await sha256(bytes));
    },
  );

  test('bytes whose comparison a crash prevented are forgotten', async () => {
    const { at } = await begun(2_000, 900);
    await app.sql`update headway.upload set unverified_from = 500 where id = ${at.split('/').at(
      -1,
    )!}`;
    expect(offsetOf(await tus.head(at))).toBe(500);
  });
});

describe('an upload that ends', () => {
  test('by its sender: bytes and job go with it', async () => {
    const { at, sessionId } = await begun(1_000, 500);
    const stored = (await app.stored()).length;
    expect((await tus.end(at)).status).toBe(204);
    expect((await app.stored()).length).toBe(stored - 1);
    expect((await tus.head(at)).status).toBe(404);
    expect((await app.get(`/progress/${sessionId}/status`)).body.status).toBe('cancelled');
  });

  test('by the cancel of its file, which can be sent again', async () => {
    const { at, sessionId, jobId, bytes } = await begun(1_000, 500);
    const id = at.split('/').at(-1)!;
    await app.post(`/sessions/${sessionId}/files/${jobId}/cancel`);
    expect(notProblem(await tus.send(at, 500, 'x'), 'upload_gone')).toBeNull();
    await eventually(app.stored, (names) => !names.includes(id));
    await app.post(`/sessions/${sessionId}/files/${jobId}/retry`);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'uploading', progress: 0 }]);
    const created = await tus.create(1_000, { job_id: jobId }, { body: bytes });
    expect(offsetOf(created)).toBe(1_000);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'queued' }]);
  });

  test('makes way for a new upload of its file before its bytes are removed', async () => {
    const { at, sessionId, jobId, bytes } = await begun(1_000, 500);
    await app.post(`/sessions/${sessionId}/files/${jobId}/cancel`);
    await app.sql`update headway.upload set ended = true where job_id = ${jobId}`;
    await app.post(`/sessions/${sessionId}/files/${jobId}/retry`);
    const created = await tus.create(1_000, { job_id: jobId }, { body: bytes });
    expect([created.status, offsetOf(created)]).toEqual([201, 1_000]);
    expect(locationOf(created)).not.toBe(at);
    expect([404, 410]).toContain((await tus.send(at, 500, bytes.subarray(500))).status);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'queued' }]);
  });

  test('by its age: its job says so, its session ends, and it is awaited from its beginning', async () => {
    const { at, sessionId, jobId, bytes } = await begun(1_000, 500);
    const id = at.split('/').at(-1)!;
    await app
      .sql`update headway.upload set updated_at = now() - interval '4 days' where id = ${id}`;
    const head = await tus.head(at);
    // Cleaned by now, or about to be.
    expect([404, 410]).toContain(head.status);
    await eventually(app.stored, (names) => !names.includes(id));
    const { body } = await app.get(`/progress/${sessionId}/status`);
    expect(body).toMatchObject({
      status: 'error',
      error: expect.stringContaining('kept as long as'),
    });
    const created = await tus.create(1_000, { job_id: jobId }, { body: bytes });
    expect(created.status).toBe(201);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'queued', error: null }]);
  });

  test('says until when it is kept', async () => {
    const { jobs: [jobId] } = await announce(10);
    const created = await tus.create(10, { job_id: jobId! });
    const hours = (Date.parse(created.headers.get('upload-expires')!) - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(72);
  });
});

describe('progress', () => {
  test('is shown of pieces that are there before a second has passed', async () => {
    const { at, sessionId, bytes } = await begun(1_000, 500);
    expect(await filesOf(sessionId)).toMatchObject([{ progress: 5, message: 'Uploading' }]);
    await tus.send(at, 500, bytes.subarray(500, 800));
    expect(await filesOf(sessionId)).toMatchObject([{ progress: 8, message: 'Uploading' }]);
  });
});

describe('pause', () => {
  test('refuses bytes until it is resumed', async () => {
    const { at, sessionId, bytes } = await begun(1_000, 500);
    const paused = await app.post(`/sessions/${sessionId}/pause`);
    expect(paused.body.status).toBe('paused');
    expect(notProblem(await tus.send(at, 500, bytes.subarray(500)), 'upload_paused')).toBeNull();
    await app.post(`/sessions/${sessionId}/resume`);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'uploading' }]);
    expect((await tus.send(at, 500, bytes.subarray(500))).status).toBe(204);
    expect(await filesOf(sessionId)).toMatchObject([{ status: 'queued' }]);
  });
});

describe('a file that is paused before its first byte', () => {
  test('is told apart from one that nobody awaits, and begun after it is resumed', async () => {
    const { sessionId, jobs: [jobId] } = await announce(10);
    await app.post(`/sessions/${sessionId}/pause`);
    const refused = await tus.create(10, { job_id: jobId! });
    expect(notProblem(refused, 'upload_paused')).toBeNull();
    await app.post(`/sessions/${sessionId}/resume`);
    expect((await tus.create(10, { job_id: jobId! })).status).toBe(201);
  });
});

describe('a server that died', () => {
  test('between the last byte and the queue: asking how far it is finishes it', async () => {
    const { at, sessionId, bytes } = await begun(1_000, 999);
    const partial = `${app.dataDir}/uploads/partial/${at.split('/').at(-1)}`;
    await Deno.writeFile(partial, bytes.subarray(999), { append: true });
    expect(offsetOf(await tus.head(at))).toBe(1_000);
    const [file] = await filesOf(sessionId);
    expect(file.status).toBe('queued');
    expect(await storedHash(file.file_id)).toBe(await sha256(bytes));
  });

  test('between the rename and its row: upkeep finishes it', async () => {
    const { at, sessionId, bytes } = await begun(1_000, 999);
    const id = at.split('/').at(-1)!;
    const folder = `${app.dataDir}/uploads`;
    await Deno.writeFile(`${folder}/partial/${id}`, bytes.subarray(999), { append: true });
    await Deno.rename(`${folder}/partial/${id}`, `${folder}/${id}`);
    await app
      .sql`update headway.upload set received = size, updated_at = now() - interval '1 minute'
      where id = ${id}`;
    const [file] = await eventually(
      () => filesOf(sessionId),
      ([file]) => file.status === 'queued',
    );
    expect(await storedHash(file.file_id)).toBe(await sha256(bytes));
  });

  test('with the bytes gone: the sender is told to begin anew, and can', async () => {
    const { at, jobId } = await begun(1_000, 500);
    await Deno.remove(`${app.dataDir}/uploads/partial/${at.split('/').at(-1)}`);
    expect((await tus.head(at)).status).toBe(410);
    expect((await tus.create(1_000, { job_id: jobId })).status).toBe(201);
  });
});

describe('an upload of somebody else', () => {
  test('does not exist', async () => {
    const shared = await startTestApp({ authSecret: SECRET });
    for (const id of ['owner', 'other']) {
      await shared.sql`insert into "user" (id, name, email, role, created_at)
        values (${id}, ${id}, ${id}, 'user', 1)`;
    }
    const owner = { token: await signToken({ id: 'owner' }) };
    const other = { token: await signToken({ id: 'other' }) };
    const { create, head, send, end } = tusOf(shared);
    const at = locationOf(await create(10, { filename: 'mine.txt' }, owner));
    expect((await head(at, other)).status).toBe(404);
    expect(notProblem(await send(at, 0, 'x', other), 'upload_not_found')).toBeNull();
    expect(notProblem(await end(at, other), 'upload_not_found')).toBeNull();
    expect((await shared.get('/uploads', other)).body.items).toEqual([]);
    const [job] = (await shared.get('/uploads', owner)).body.items;
    expect(notProblem(await create(10, { job_id: job.job_id }, other), 'conflict')).toBeNull();
    expect(offsetOf(await head(at, owner))).toBe(0);
    await shared.stop();
  });
});

describe('what a person may store', () => {
  test('counts from the beginning of an upload, and is free again at its end', async () => {
    const limited = await startTestApp({ limits: { maxUserBytes: 1_000 } });
    const { create, end } = tusOf(limited);
    const at = locationOf(await create(800, { filename: 'a.bin' }));
    expect(notProblem(await create(300, { filename: 'b.bin' }), 'quota_exceeded')).toBeNull();
    await end(at);
    const sent = await create(900, { filename: 'c.bin' }, { body: bytesOf(900) });
    expect(offsetOf(sent)).toBe(900);
    expect(notProblem(await create(200, { filename: 'd.bin' }), 'quota_exceeded')).toBeNull();
    expect((await create(100, { filename: 'e.bin' })).status).toBe(201);
    await limited.stop();
  });
});
