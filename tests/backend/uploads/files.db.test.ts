import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileRow } from '../../../backend/contract/files.ts';
import {
  type Answer,
  eventually,
  notProblem,
  sha256,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

const MAX_BYTES = 3 * 1024 * 1024;
const MISSING = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ maxUploadBytes: MAX_BYTES });
});
afterAll(() => app.stop());

type Part = [name: string, value: string | Blob, filename?: string];

function send(...parts: Part[]): Promise<Answer> {
  const body = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value, filename);
  }
  return app.ask('POST', '/files/?process=true&process_in_background=true', { body });
}

/** A body as text, so that it can be wrong. */
function sendText(text: string | ReadableStream, contentType = 'multipart/form-data; boundary=x') {
  return app.ask('POST', '/files/', { body: text, headers: { 'content-type': contentType } });
}

const textFile = (text: string, name = 'a.txt') =>
  `--x\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${text}\r\n`;

/** Runs what must leave neither bytes nor rows behind. */
async function leavingNothing<T>(work: () => Promise<T>): Promise<T> {
  const count = async () => ({
    stored: await app.stored(),
    rows: (await app.sql`select count(*)::int as n from file`)[0]?.n,
    sessions: (await app.sql`select count(*)::int as n from headway.session`)[0]?.n,
  });
  const before = await count();
  const result = await work();
  expect(await count()).toEqual(before);
  return result;
}

describe('POST /files/', () => {
  test.each<[string, 'first' | 'last']>([['after', 'first'], ['before', 'last']])(
    'takes metadata that comes %s the file, and queues the file for its knowledge base',
    async (_where, place) => {
      const id = await app.knowledge();
      const metadata: Part = ['metadata', JSON.stringify({ knowledge_id: id, language: 'en' })];
      const file: Part = ['file', new Blob(['It is a truth']), 'pride.txt'];
      const answer = place === 'first' ? await send(file, metadata) : await send(metadata, file);
      expect(answer.status).toBe(200);
      expect(v.parse(v.strictObject(FileRow.entries), answer.body)).toMatchObject({
        user_id: 'local',
        filename: 'pride.txt',
        hash: null,
        data: { status: 'pending' },
        meta: {
          name: 'pride.txt',
          content_type: 'text/plain',
          size: 13,
          data: { knowledge_id: id, language: 'en' },
        },
      });
      const { body } = await app.get(`/sessions?knowledge_id=${id}&files=true`);
      expect(body.items[0].files).toEqual([
        expect.objectContaining({ file_id: answer.body.id, status: 'queued', name: 'pride.txt' }),
      ]);
      const [job] = await app
        .sql`select language from headway.job where file_id = ${answer.body.id}`;
      expect(job?.language).toBe('en');
    },
  );

  test('stores exactly the bytes, and their SHA-256', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const all = new Uint8Array(MAX_BYTES).map((_, at) => bytes[at % bytes.length] ?? 0);
    const { body } = await send(['file', new Blob([all]), 'random.bin']);
    expect(body.meta).toMatchObject({ size: MAX_BYTES, file_hash: await sha256(all) });
    const [row] = await app.sql`select path from file where id = ${body.id}`;
    expect(await sha256(await Deno.readFile(row?.path))).toBe(await sha256(all));
  });

  test('takes a file of no bytes', async () => {
    const { status, body } = await send(['file', new Blob([]), 'empty.txt']);
    expect(status).toBe(200);
    expect(body.meta.size).toBe(0);
    const content = await app.get(`/files/${body.id}/content`);
    expect([content.status, content.body]).toEqual([200, '']);
  });

  test('process=false queues nothing', async () => {
    const { body } = await app.send('later.txt', 'later', {}, { process: false });
    const rows = await app.sql`select 1 from headway.job where file_id = ${body.id}`;
    expect(rows).toHaveLength(0);
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\x.txt', 'x.txt'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['naïve 📚 résumé.txt', 'naïve 📚 résumé.txt'],
    ['..', 'unnamed'],
    [`${'é'.repeat(300)}.txt`, `${'é'.repeat(116)}….txt`],
    ["it's 100% (ok)*.txt", "it's 100% (ok)*.txt"],
  ])('keeps of the name %s what is safe', async (given, kept) => {
    const { status, body } = await send(['file', new Blob(['x']), given]);
    expect(status).toBe(200);
    expect([body.filename, body.meta.name]).toEqual([kept, kept]);
  });

  test('keeps of a name with NUL what is safe', async () => {
    const { status, body } = await sendText(`${textFile('x', 'a\0b.txt')}--x--\r\n`);
    expect([status, body.filename]).toEqual([200, 'ab.txt']);
  });

  test('refuses one byte too many, and leaves nothing', async () => {
    const big = new Blob([new Uint8Array(MAX_BYTES + 1)]);
    const answer = await leavingNothing(() => send(['file', big, 'big.bin']));
    expect(notProblem(answer, 'too_large')).toBeNull();
    expect(answer.body.detail).toContain('3 MB');
  });

  test('refuses by the announced length before it reads', async () => {
    const answer = await app.ask('POST', '/files/', {
      body: new ReadableStream({ pull: () => new Promise(() => {}) }),
      headers: {
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': `${MAX_BYTES * 2}`,
      },
    });
    expect(notProblem(answer, 'too_large')).toBeNull();
  });

  test.each<[string, string]>([
    ['cut in the middle of the file', textFile('Emma').slice(0, -4)],
    ['cut in the middle of a header', '--x\r\nContent-Disposition: form-da'],
    [
      'cut in a field after the file',
      `${textFile('a')}--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"kno`,
    ],
    ['without its last boundary', textFile('Emma')],
    ['empty', ''],
    ['without a boundary line', 'nothing of it'],
    [
      'without a file',
      '--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{}\r\n--x--\r\n',
    ],
    ['of no parts', '--x--\r\n'],
    ['with two files', `${textFile('a')}${textFile('b')}--x--\r\n`],
    ['with three files', `${textFile('a')}${textFile('b')}${textFile('c')}--x--\r\n`],
  ])('refuses a body %s', async (_what, text) => {
    const answer = await leavingNothing(() => sendText(text));
    expect(notProblem(answer, 'invalid')).toBeNull();
  });

  test('refuses a body whose connection breaks, and leaves nothing', async () => {
    const pieces = [textFile('x'.repeat(300_000)).slice(0, -10), 'y'.repeat(70_000)];
    const body = new ReadableStream({
      pull(controller) {
        const piece = pieces.shift();
        if (piece) controller.enqueue(new TextEncoder().encode(piece));
        else controller.error(new Error('connection reset'));
      },
    });
    const answer = await leavingNothing(() => sendText(body));
    expect(notProblem(answer, 'invalid')).toBeNull();
  });

  test.each([
    ['application/json', '{}'],
    ['application/x-www-form-urlencoded', 'file=x'],
    ['text/plain', 'hello'],
    ['multipart/mixed; boundary=x', textFile('a')],
  ])('refuses a body of the type %s', async (type, text) => {
    const answer = await leavingNothing(() => sendText(text, type));
    expect(notProblem(answer, 'unsupported_media_type')).toBeNull();
  });

  test('refuses multipart without a boundary', async () => {
    const answer = await sendText('x', 'multipart/form-data; charset=utf-8');
    expect(notProblem(answer, 'invalid')).toBeNull();
  });

  test.each([
    ['no JSON', '{"knowledge_id":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a knowledge base that is no text', '{"knowledge_id":7}'],
    ['a job that is no id', '{"job_id":"x"}'],
    ['NUL', '{"note":"a\\u0000b"}'],
    ['half a character', '{"note":"\\ud83d"}'],
    ['very deep nesting', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ])('refuses metadata that is or holds %s', async (_what, metadata) => {
    const parts: Part[] = [['metadata', metadata], ['file', new Blob(['x']), 'a.txt']];
    const answer = await leavingNothing(() => send(...parts));
    expect(notProblem(answer, 'invalid')).toBeNull();
    expect((await app.get('/files/')).status).toBe(200);
  });

  test('refuses a knowledge base that does not exist', async () => {
    const metadata: Part = ['metadata', JSON.stringify({ knowledge_id: MISSING })];
    const answer = await leavingNothing(() => send(metadata, ['file', new Blob(['x']), 'a.txt']));
    expect(notProblem(answer, 'knowledge_not_found')).toBeNull();
  });

  test('refuses an unknown value of process', async () => {
    expect(notProblem(await app.ask('POST', '/files/?process=maybe'), 'invalid')).toBeNull();
  });

  test('keeps nothing when its session cannot be started', async () => {
    await app.sql`create function refuse() returns trigger language plpgsql
      as $$ begin raise exception 'no session today'; end $$`;
    await app.sql`create trigger refuse before insert on headway.session
      for each row execute function refuse()`;
    const answer = await leavingNothing(() => send(['file', new Blob(['x']), 'a.txt']));
    await app.sql`drop trigger refuse on headway.session`;
    expect(notProblem(answer, 'internal')).toBeNull();
    expect(answer.body.detail).toContain(answer.headers.get('x-request-id'));
    expect(answer.body.detail).not.toContain('no session today');
    expect(app.logged.splice(0).join()).toContain('no session today');
  });
});

describe('over a real connection', () => {
  async function serving<T>(use: (port: number) => Promise<T>): Promise<T> {
    const { routes } = app.headway;
    const server = Deno.serve(
      { port: 0, hostname: '127.0.0.1', onListen: () => {} },
      (request) => routes.fetch(request),
    );
    try {
      return await use(server.addr.port);
    } finally {
      await server.shutdown();
    }
  }

  test('too many bytes are answered while they still come', async () => {
    await leavingNothing(() =>
      serving(async (port) => {
        const body = new FormData();
        body.append('file', new Blob([new Uint8Array(MAX_BYTES + 100_000)]), 'big.bin');
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/files/`, {
          method: 'POST',
          body,
        });
        expect([answer.status, (await answer.json()).code]).toEqual([413, 'too_large']);
      })
    );
  });

  test('a client that goes away in the middle leaves nothing, and the server answers on', async () => {
    await leavingNothing(() =>
      serving(async (port) => {
        const connection = await Deno.connect({ hostname: '127.0.0.1', port });
        const head = `POST /api/v1/files/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
          'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n';
        await connection.write(new TextEncoder().encode(head + textFile('x'.repeat(100_000))));
        await eventually(incoming, (names) => names.length === 1);
        connection.close();
        await eventually(incoming, (names) => names.length === 0);
        expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
      })
    );
  });

  async function incoming(): Promise<string[]> {
    const entries = await Array.fromAsync(Deno.readDir(`${app.dataDir}/uploads/incoming`));
    return entries.map((entry) => entry.name);
  }
});

describe('announced files', () => {
  const announce = (...names: string[]) => announceSized(5, ...names);

  async function announceSized(size: number, ...names: string[]) {
    const id = await app.knowledge();
    const { body } = await app.post(`/knowledge/${id}/sessions`, {
      uploads: names.map((name) => ({ name, size, media_type: 'text/plain' })),
    });
    return {
      id,
      session: body.session_id,
      jobs: body.files.map((f: { job_id: string }) => f.job_id),
    };
  }
  const deliver = (job_id: string, text = 'hello') =>
    send(['metadata', JSON.stringify({ job_id })], ['file', new Blob([text]), 'real name.txt']);

  test('wait as uploading, and are queued when delivered', async () => {
    const { id, session, jobs } = await announce('one.txt', '../two.txt');
    const before = await app.get(`/progress/${session}/status?files=true`);
    expect(before.body).toMatchObject({ status: 'processing', phase: 'upload', total_files: 2 });
    expect(before.body.files).toMatchObject([
      { name: 'one.txt', status: 'uploading', step: 'upload', file_id: null, size: 5 },
      { name: 'two.txt', status: 'uploading' },
    ]);
    const { status, body: file } = await deliver(jobs[1]);
    expect(status).toBe(200);
    expect(file.meta.data).toEqual({ knowledge_id: id });
    const after = await app.get(`/progress/${session}/status?files=true`);
    expect(after.body.files).toMatchObject([
      { status: 'uploading' },
      { status: 'queued', step: 'queue', file_id: file.id, progress: 10 },
    ]);
    const held = await app.sql`select 1 from headway_queue.job where id = ${jobs[1]}`;
    expect(held).toHaveLength(1);
    expect((await app.get(`/sessions?knowledge_id=${id}`)).body.total).toBe(1);
  });

  test('are kept when they are paused while they come, and queued when they are resumed', async () => {
    const { session, jobs } = await announce('one.txt');
    const metadata = '--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' +
      `${JSON.stringify({ job_id: jobs[0] })}\r\n`;
    const text = `${metadata}${textFile('hello')}--x--\r\n`;
    const paused = Promise.withResolvers<void>();
    const pieces = [text.slice(0, text.indexOf('ello')), text.slice(text.indexOf('ello'))];
    const body = new ReadableStream({
      async pull(controller) {
        if (pieces.length === 1) await paused.promise;
        const piece = pieces.shift();
        if (piece) controller.enqueue(new TextEncoder().encode(piece));
        else controller.close();
      },
    }, { highWaterMark: 0 });
    const sending = sendText(body);
    await eventually(app.stored, (names) => names.length > 0);
    await app.post(`/sessions/${session}/pause`);
    paused.resolve();
    const { status, body: file } = await sending;
    expect(status).toBe(200);
    const fileOf = async () => (await app.get(`/progress/${session}/status?files=true`)).body.files;
    expect(await fileOf()).toMatchObject([{ status: 'paused', file_id: file.id, progress: 10 }]);
    await app.post(`/sessions/${session}/resume`);
    expect(await fileOf()).toMatchObject([{ status: 'queued', file_id: file.id }]);
  });

  test('can be delivered once', async () => {
    const { jobs } = await announce('one.txt');
    expect((await deliver(jobs[0])).status).toBe(200);
    const again = await leavingNothing(() => deliver(jobs[0]));
    expect(notProblem(again, 'conflict')).toBeNull();
  });

  test('are taken once when delivered twice at the same time', async () => {
    const { jobs } = await announce('one.txt');
    const before = (await app.stored()).length;
    const answers = await Promise.all([deliver(jobs[0], 'first'), deliver(jobs[0], 'again')]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect((await app.stored()).length).toBe(before + 1);
  });

  test.each(['cancel', 'clear', 'delete the knowledge base'])(
    'cannot be delivered after: %s',
    async (how) => {
      const { id, session, jobs } = await announce('one.txt');
      if (how === 'cancel') await app.post(`/sessions/${session}/cancel`);
      else if (how === 'clear') await app.delete(`/progress/${session}`);
      else await app.delete(`/knowledge/${id}/delete`);
      const answer = await leavingNothing(() => deliver(jobs[0]));
      expect(notProblem(answer, 'conflict')).toBeNull();
    },
  );

  test('an unknown job is not awaited', async () => {
    const answer = await leavingNothing(() => deliver(MISSING));
    expect(notProblem(answer, 'conflict')).toBeNull();
  });

  test('show how much has arrived while the bytes come', async () => {
    const { session, jobs } = await announceSized(400_000, 'slow.txt');
    const metadata = `--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n` +
      `${JSON.stringify({ job_id: jobs[0] })}\r\n`;
    const text = `${metadata}${textFile('z'.repeat(400_000))}--x--\r\n`;
    const go = Promise.withResolvers<void>();
    const pieces = [text.slice(0, text.length / 2), text.slice(text.length / 2)];
    const body = new ReadableStream({
      async pull(controller) {
        if (pieces.length === 1) await go.promise;
        const piece = pieces.shift();
        if (piece) controller.enqueue(new TextEncoder().encode(piece));
        else controller.close();
      },
    });
    const sending = app.ask('POST', '/files/', {
      body,
      headers: {
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': `${text.length}`,
      },
    });
    const status = `/progress/${session}/status?files=true`;
    const first = await app.get(status);
    const seen = first.body.files[0].progress > 0 ? first : await app.get(status, {
      headers: { prefer: 'wait=5', 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(seen.body.files[0].progress).toBeGreaterThan(3);
    expect(seen.body.files[0].progress).toBeLessThan(7);
    go.resolve();
    expect((await sending).status).toBe(200);
  });
});

describe('the old routes of a file', () => {
  test('list, search with *, and count', async () => {
    const { body: file } = await send(['file', new Blob(['x']), 'Sense and 100%.pdf']);
    const { body: list } = await app.get('/files/');
    expect(list.items.map((row: { id: string }) => row.id)).toContain(file.id);
    expect((await app.get('/files/count')).body).toBe(list.total);
    for (const pattern of ['*.pdf', 'sense*100%*', 'E AND 1', 'Sense and 100%.pdf']) {
      const { body } = await app.get(`/files/search?filename=${encodeURIComponent(pattern)}`);
      expect([pattern, body.map((row: { id: string }) => row.id)]).toEqual([pattern, [file.id]]);
    }
    const none = await app.get('/files/search?filename=nobody%25');
    expect(notProblem(none, 'file_not_found')).toBeNull();
    expect(notProblem(await app.get('/files/search'), 'invalid')).toBeNull();
    const beyond = await app.get('/files/?page=1000');
    expect(beyond.body).toEqual({ items: [], total: list.total });
  });

  test('rename cleans the name and keeps the rest of meta', async () => {
    const { body: file } = await send(['file', new Blob(['x']), 'a.txt']);
    const { body } = await app.post(`/files/${file.id}/rename`, { filename: '../b\u202e.txt ' });
    expect(body.filename).toBe('b.txt');
    expect(body.meta).toEqual({ ...file.meta, name: 'b.txt' });
    const empty = await app.post(`/files/${file.id}/rename`, { filename: '  ' });
    expect(notProblem(empty, 'invalid')).toBeNull();
  });

  test.each([
    ['pending', null, { status: 'pending' }],
    ['completed', null, { status: 'completed' }],
    ['failed', 'It is encrypted', { status: 'failed', error: 'It is encrypted' }],
  ])('process/status of a file that is %s', async (status, error, expected) => {
    const { body: file } = await send(['file', new Blob(['x']), 'a.txt']);
    await app.sql`update file set data = ${app.sql.json({ status, error })} where id = ${file.id}`;
    const { body } = await app.get(`/files/${file.id}/process/status?stream=false`);
    expect(body).toEqual(expected);
  });

  test('process/status says processing while a worker reads it', async () => {
    const { body: file } = await send(['file', new Blob(['x']), 'a.txt']);
    await app.sql`update headway.job set status = 'processing' where file_id = ${file.id}`;
    expect((await app.get(`/files/${file.id}/process/status`)).body).toEqual({
      status: 'processing',
    });
  });

  test('rows of the app with NULL columns are shown all the same', async () => {
    await app.sql`insert into file (id, user_id, filename) values ('bare', 'local', 'bare')`;
    const { body } = await app.get('/files/bare');
    expect(v.parse(FileRow, body)).toMatchObject({ data: {}, meta: {}, created_at: 0 });
    expect(notProblem(await app.get('/files/bare/content'), 'file_not_found')).toBeNull();
    expect((await app.get('/files/bare/parts')).body).toEqual({
      kind: null,
      complete: false,
      table: false,
      duration: null,
      parts: [],
      total: 0,
    });
    await app.post('/files/bare/rename', { filename: 'dressed' });
    expect((await app.get('/files/bare')).body.meta).toEqual({ name: 'dressed' });
    expect((await app.delete('/files/bare')).status).toBe(200);
  });

  test('delete removes the bytes, the row, what was read, and cancels its job', async () => {
    const { body: file } = await send(['file', new Blob(['x']), 'a.txt']);
    const [row] = await app.sql`select path from file where id = ${file.id}`;
    await app.sql`insert into headway.part (file_id, index, kind, text)
      values (${file.id}, 0, 'page', 'x')`;
    const { body } = await app.delete(`/files/${file.id}`);
    expect(body).toEqual({ message: 'File deleted successfully' });
    await expect(Deno.stat(row?.path)).rejects.toThrow(Deno.errors.NotFound);
    expect(notProblem(await app.get(`/files/${file.id}`), 'file_not_found')).toBeNull();
    expect(notProblem(await app.delete(`/files/${file.id}`), 'file_not_found')).toBeNull();
    expect(await app.sql`select 1 from headway.part where file_id = ${file.id}`).toHaveLength(0);
    const [job] = await app.sql`select status from headway.job where file_id = ${file.id}`;
    expect(job?.status).toBe('cancelled');
  });

  test.each(['', '/content', '/parts', '/process/status'])(
    'GET /files/{id}%s of an unknown file',
    async (path) => {
      expect(notProblem(await app.get(`/files/${MISSING}${path}`), 'file_not_found')).toBeNull();
    },
  );
});
