import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_BASE } from '../../../backend/contract/paths.ts';
import { sha256, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('another text takes the place of what was read, also in search', async () => {
  const knowledge = await app.knowledge();
  const { body: file } = await app.send('notes.txt', 'old words', {}, { process: false });
  await app.post(`/knowledge/${knowledge}/file/add`, { file_id: file.id });
  for (
    const content of ['A first version.', `New words. ${'And many more of them. '.repeat(400)}`]
  ) {
    const answer = await app.post(`/files/${file.id}/data/content/update`, { content });
    expect([answer.status, answer.body]).toEqual([200, { content }]);
  }
  const { body: row } = await app.get(`/files/${file.id}`);
  expect(row.data.status).toBe('completed');
  expect(row.hash).toBe(await sha256(new TextEncoder().encode(row.data.content)));
  const { body: parts } = await app.get(`/files/${file.id}/parts`);
  expect(parts).toMatchObject({ kind: 'document', parts: [{ kind: 'section', index: 0 }, {}, {}] });
  const found = async (q: string) =>
    (await app.get(`/knowledge/${knowledge}/search?q=${q}`)).body.total;
  expect([await found('version'), await found('words')]).toEqual([0, 1]);
});

test('a text is answered as it was stored, without NUL and with no half of a pair', async () => {
  const { body: file } = await app.send('notes.txt', 'old words', {}, { process: false });
  const content = 'half \ud83d, NUL \0, and 📚';
  const stored = 'half \ufffd, NUL , and 📚';
  const answer = await app.post(`/files/${file.id}/data/content/update`, { content });
  expect([answer.status, answer.body]).toEqual([200, { content: stored }]);
  expect((await app.get(`/files/${file.id}`)).body.data.content).toBe(stored);
  expect((await app.get(`/files/${file.id}/export?format=txt`)).body).toBe(stored);
});

test("without a secret only this machine's own names are served", async () => {
  const ask = async (host: string) =>
    (await app.headway.routes.request(`http://${host}${API_BASE}/knowledge/`)).status;
  expect(await ask('localhost:8000')).toBe(200);
  expect(await ask('127.0.0.1:8000')).toBe(200);
  expect(await ask('[::1]:8000')).toBe(200);
  expect(await ask('rebound.example')).toBe(403);
});
