/**
 * Acceptance of uploads: each case through every transport, with the same outcome.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';
import { locationOf, tusOf } from '../../support/tus.ts';

const MAX_BYTES = 100_000;
const USERS = { owner: 'user', other: 'user', admin: 'admin' } as const;
type User = keyof typeof USERS;

let app: TestApp;
const tokens = {} as Record<User, string>;
beforeAll(async () => {
  app = await startTestApp({
    authSecret: SECRET,
    maxUploadBytes: MAX_BYTES,
    limits: { maxUserBytes: 150_000 },
  });
  for (const [id, role] of Object.entries(USERS)) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, ${role}, 1)`;
    tokens[id as User] = await signToken({ id });
  }
});
afterAll(() => app.stop());

interface Sent {
  readonly as?: User;
  readonly size?: number;
  readonly metadata?: Record<string, string>;
}

/** Sends a whole file; answers with the refusal, or with its row. */
type Transport = (sent: Sent) => Promise<Answer>;

const multipart: Transport = ({ as = 'owner', size = 5, metadata = {} }) => {
  const { filename = 'a.txt', ...rest } = metadata;
  return app.send(filename, 'x'.repeat(size), rest, { token: tokens[as] });
};

/** In one request, as a small file goes. */
const tus: Transport = async ({ as = 'owner', size = 5, metadata = {} }) => {
  const ask = { token: tokens[as], body: 'x'.repeat(size) };
  const created = await tusOf(app).create(size, { filename: 'a.txt', ...metadata }, ask);
  return created.status === 201 ? await fileAt(created, as) : created;
};

async function fileAt(created: Answer, as: User): Promise<Answer> {
  const id = locationOf(created).split('/').at(-1)!;
  const [row] = await app.sql`select file_id from headway.upload where id = ${id}`;
  return await app.get(`/files/${row?.file_id}`, { token: tokens[as] });
}

async function announced(language?: string) {
  const owner = { token: tokens.owner };
  const knowledgeId = await app.knowledge('Novels', owner);
  const uploads = [{ name: 'a.txt', size: 5 }];
  const { body } = await app.post(
    `/knowledge/${knowledgeId}/sessions`,
    { uploads, ...(language && { language }) },
    owner,
  );
  return {
    knowledgeId,
    session: body.session_id as string,
    job_id: body.files[0].job_id as string,
    post: (path: string) => app.post(path, undefined, owner),
  };
}

async function sharedWithOther(permission: 'read' | 'write'): Promise<string> {
  const id = await app.knowledge('Shared', { token: tokens.owner });
  await app.sql`insert into access_grant
      (id, resource_type, resource_id, principal_type, principal_id, permission, created_at)
    values (${crypto.randomUUID()}, 'knowledge', ${id}, 'user', 'other', ${permission}, 1)`;
  return id;
}

/** What is sent, and the code of its refusal; null where it is accepted. */
const CASES: readonly [string, () => Promise<Sent>, string | null][] = [
  ['a file for itself', () => Promise.resolve({}), null],
  ['an announced file', async () => ({ metadata: await jobOf(announced()) }), null],
  [
    "an administrator, another user's announced file",
    async () => ({ as: 'admin', metadata: await jobOf(announced()) }),
    null,
  ],
  [
    'another user, an announced file',
    async () => ({ as: 'other', metadata: await jobOf(announced()) }),
    'conflict',
  ],
  [
    'another size than announced',
    async () => ({ size: 6, metadata: await jobOf(announced()) }),
    'invalid',
  ],
  [
    'an unknown job',
    () => Promise.resolve({ metadata: { job_id: crypto.randomUUID() } }),
    'conflict',
  ],
  ['a job that is no id', () => Promise.resolve({ metadata: { job_id: 'x' } }), 'invalid'],
  [
    'a cancelled file',
    async () => {
      const { job_id, session, post } = await announced();
      await post(`/sessions/${session}/cancel`);
      return { metadata: { job_id } };
    },
    'conflict',
  ],
  [
    'a paused file',
    async () => {
      const { job_id, session, post } = await announced();
      await post(`/sessions/${session}/pause`);
      return { metadata: { job_id } };
    },
    'upload_paused',
  ],
  [
    'a file whose knowledge base may not be written any more',
    async () => {
      const { job_id, knowledgeId } = await announced();
      await app.sql`update knowledge set user_id = 'admin' where id = ${knowledgeId}`;
      return { metadata: { job_id } };
    },
    'knowledge_not_found',
  ],
  [
    'a knowledge base that is none',
    () => Promise.resolve({ metadata: { knowledge_id: 'x' } }),
    'knowledge_not_found',
  ],
  [
    'a knowledge base that may only be read',
    async () => ({ as: 'other', metadata: { knowledge_id: await sharedWithOther('read') } }),
    'forbidden',
  ],
  [
    'a knowledge base that may be written',
    async () => ({ as: 'other', metadata: { knowledge_id: await sharedWithOther('write') } }),
    null,
  ],
  ['more bytes than allowed', () => Promise.resolve({ size: MAX_BYTES + 1 }), 'too_large'],
  ['a folder that holds NUL', () => Promise.resolve({ metadata: { folder: 'a\0b' } }), 'invalid'],
  [
    'a folder that is too long',
    () => Promise.resolve({ metadata: { folder: 'x'.repeat(1025) } }),
    'invalid',
  ],
  ['no language', () => Promise.resolve({ metadata: { language: 'klingon!' } }), 'invalid'],
  [
    'more than there is room for',
    async () => {
      await multipart({ as: 'admin', size: 90_000 });
      return { as: 'admin', size: 90_000 };
    },
    'quota_exceeded',
  ],
];

/** What uploads leave behind. */
async function traces() {
  const [rows] = await app.sql`select
    (select count(*)::int from file) as files,
    (select count(*)::int from headway.session) as sessions,
    (select count(*)::int from headway.job) as jobs,
    (select count(*)::int from headway.upload) as uploads,
    (select count(*)::int from headway.set_aside) as set_aside`;
  return { ...rows, stored: await app.stored() };
}

async function jobOf(session: ReturnType<typeof announced>): Promise<{ job_id: string }> {
  return { job_id: (await session).job_id };
}

describe.each<[string, Transport]>([['multipart', multipart], ['tus', tus]])(
  '%s',
  (_name, send) => {
    test.each(CASES)('%s', async (_what, prepare, code) => {
      const sent = await prepare();
      const before = await traces();
      const { status, body } = await send(sent);
      expect([status === 200, body.code ?? null]).toEqual([code === null, code]);
      if (code !== null) expect(await traces()).toEqual(before);
    });

    test('records the same of a file', async () => {
      const { knowledgeId, job_id } = await announced('de');
      const metadata = { job_id, filename: '../b\u202e.txt', folder: 'novels/1813' };
      const { body } = await send({ metadata });
      expect(body).toMatchObject({ user_id: 'owner', filename: 'b.txt' });
      expect(body.meta).toMatchObject({ size: 5, content_type: 'text/plain' });
      expect(body.meta.data).toEqual({
        knowledge_id: knowledgeId,
        language: 'de',
        folder: 'novels/1813',
      });
    });
  },
);

test('tus asks for the right again before more bytes are taken', async () => {
  const { job_id, knowledgeId } = await announced();
  const owner = { token: tokens.owner };
  const at = locationOf(await tusOf(app).create(5, { job_id }, owner));
  await app.sql`update knowledge set user_id = 'admin' where id = ${knowledgeId}`;
  const { body } = await tusOf(app).send(at, 0, 'hello', owner);
  expect(body.code).toBe('knowledge_not_found');
});
