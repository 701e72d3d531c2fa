/** Mails from the end of a session to a real mail server. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Preferences } from '../../../backend/contract/background.ts';
import { eventually, SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';

let app: TestApp;
let server: MailServer;
const tokens: Record<string, string> = {};

const PEOPLE = {
  ann: 'ann@app.example',
  bert: 'Bert <bert@app.example>, all@app.example',
  carl: 'carl@app.example\r\nBcc: all@app.example',
};

beforeAll(async () => {
  server = await startMailServer();
  app = await startTestApp({
    authSecret: SECRET,
    webhooks: { schedule: { firstSeconds: 0.02, mostSeconds: 0.05, attempts: 4 } },
    mail: {
      smtpUrl: server.url,
      from: 'Headway <headway@app.example>',
      publicUrl: 'https://app.example/',
    },
  });
  for (const [id, email] of Object.entries(PEOPLE)) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${email}, 'user', 1)`;
    tokens[id] = await signToken({ id });
  }
});
afterAll(() => app.stop());
afterEach(() => {
  server.mails.length = 0;
});

async function prefer(user: string, json: object) {
  return await app.ask('PATCH', '/preferences', { json, token: tokens[user]! });
}

/** Ends work of a person's that took so long. */
async function endWork(
  { user = 'ann', minutes = 30, knowledge, error }: {
    user?: string;
    minutes?: number;
    knowledge?: string;
    error?: string;
  } = {},
): Promise<string> {
  const sessionId = crypto.randomUUID();
  const { progress } = app.headway;
  const reference = { sessionId, userId: user, knowledgeId: knowledge ?? null };
  await progress.updateProgress(reference, { totalFiles: 2 });
  await app.sql`update headway.session
    set queued_at = now() - make_interval(mins => ${minutes}) where id = ${sessionId}`;
  if (error) await progress.markSessionError(sessionId, error);
  else await progress.markSessionComplete(sessionId);
  return sessionId;
}

const outbox = () =>
  app.sql`select mail_to, state, failure, attempts from headway.delivery order by created_at`;

/** What came of the only mail in the outbox. */
async function endOfMail() {
  const [row] = await eventually(
    outbox,
    ([first]) => first !== undefined && first.state !== 'pending',
  );
  await app.sql`delete from headway.event`;
  return row;
}

test('is not sent to a person who may not read the knowledge base any more', async () => {
  await prefer('ann', { mail: true, mail_minutes: 5 });
  const { body } = await app.post('/knowledge/create', { name: 'Of Bert' }, {
    token: tokens.bert!,
  });
  await endWork({ knowledge: body.id });
  expect(await endOfMail()).toMatchObject({ mail_to: 'ann', failure: 'refused', attempts: 1 });
  expect(server.mails).toEqual([]);
});

test('is sent once, to who asked for it, in their language, with a link', async () => {
  const saved = await prefer('ann', { mail: true, mail_minutes: 5, language: 'de' });
  expect(saved.body as Preferences).toMatchObject({
    mail: true,
    mail_minutes: 5,
    language: 'de',
    mail_available: true,
    mail_address: 'ann@app.example',
  });
  const name = 'Bücher\r\nBcc: all@app.example';
  const knowledge = await app.knowledge('Bücher', { token: tokens.ann! });
  await app.sql`update knowledge set name = ${name} where id = ${knowledge}`;
  await endWork({ minutes: 4 });
  await endWork({ user: 'bert' });
  await endWork({ knowledge });
  expect(await endOfMail()).toMatchObject({ mail_to: 'ann', state: 'delivered', attempts: 1 });
  const [mail, ...others] = server.mails;
  expect(others).toEqual([]);
  expect(mail).toMatchObject({ from: 'headway@app.example', to: ['ann@app.example'] });
  expect(mail?.headers).toMatchObject({
    subject: '„Bücher Bcc: all@app.example“: fertig',
    to: 'ann@app.example',
    from: 'Headway <headway@app.example>',
    'auto-submitted': 'auto-generated',
    'message-id': expect.stringMatching(/^<[0-9a-f-]{36}@app\.example>$/),
    'content-type': expect.stringContaining('multipart/alternative'),
  });
  expect(mail?.headers).not.toHaveProperty('bcc');
  expect(mail?.source.replaceAll('=\r\n', '')).toContain(
    `https://app.example/knowledge/${knowledge}`,
  );
});

test('is sent again under the same id where the server asks for it', async () => {
  server.refuse(451, 421);
  await endWork({ error: 'The disk is full' });
  expect(await endOfMail()).toMatchObject({ state: 'delivered', attempts: 3 });
  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]?.headers['subject']).toBe('Ihr Auftrag: fehlgeschlagen');
});

test('is given up where the server will not have it', async () => {
  server.refuse(554);
  await endWork();
  expect(await endOfMail()).toMatchObject({ state: 'failed', failure: 'refused', attempts: 1 });
  expect(server.mails).toEqual([]);
});

test('is not sent for what was cancelled, for background work, or to who wants none', async () => {
  const sessionId = crypto.randomUUID();
  await app.headway.progress.updateProgress({ sessionId, userId: 'ann' }, {});
  await app.sql`update headway.session set queued_at = now() - interval '1 hour'`;
  await app.post(`/sessions/${sessionId}/cancel`, undefined, { token: tokens.ann! });
  await app.sql`insert into headway.session (id, user_id, kind, status, queued_at)
    values ('background', 'ann', 'background', 'processing', now() - interval '1 hour')`;
  await app.sql`
    update headway.session set status = 'completed', finished_at = now() where id = 'background'`;
  await prefer('ann', { mail: false });
  await endWork();
  expect(await outbox()).toEqual([]);
});

test('goes to one plain address or to nobody', async () => {
  for (const user of ['bert', 'carl']) {
    const { body } = await app.get('/preferences', { token: tokens[user]! });
    expect(body).toMatchObject({ mail: false, mail_available: true, mail_address: null });
    expect((await prefer(user, { mail: true })).body.detail).toContain('no mail address');
  }
  await app.sql`insert into headway.preference (user_id, mail) values ('carl', true)
    on conflict (user_id) do update set mail = true`;
  await endWork({ user: 'carl' });
  expect(await endOfMail()).toMatchObject({ state: 'failed', failure: 'no_address' });
  expect(server.mails).toEqual([]);
  expect((await prefer('ann', { mail_minutes: 0 })).status).toBe(422);
});

test('is given up where the server stays away, and says so', async () => {
  await prefer('ann', { mail: true });
  await server.close();
  await endWork();
  expect(await endOfMail()).toMatchObject({ state: 'failed', failure: 'unreachable', attempts: 4 });
});
