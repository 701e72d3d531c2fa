/**
 * External knowledge bases of the host are read-only, for everyone.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMayStillAdd } from '../../../backend/access/absent.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { metadataHeader, VERSION } from '../../support/tus.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe('an external knowledge base', () => {
  async function external() {
    const id = await app.knowledge('External');
    const before = '{"source":"external","connection":"elsewhere"}';
    await app.sql`update knowledge set meta = ${before}::text::json where id = ${id}`;
    return { id, before };
  }

  test('takes no files and no changes, and is left as it is', async () => {
    const { id, before } = await external();
    const { body: file } = await app.send('a.txt', 'quebec', {}, { process: false });
    const [row] = await app.sql`select to_jsonb(k) as whole from knowledge k where id = ${id}`;
    const uploads = [{ name: 'b.txt', size: 3 }];
    const tus = {
      ...VERSION,
      'upload-length': '3',
      'upload-metadata': metadataHeader({ knowledge_id: id }),
    };
    const answers = [
      await app.send('b.txt', 'romeo', { knowledge_id: id }),
      await app.ask('POST', '/uploads', { headers: tus }),
      await app.post(`/knowledge/${id}/sessions`, { uploads }),
      await app.post(`/knowledge/${id}/file/add`, { file_id: file.id }),
      await app.post(`/knowledge/${id}/file/update`, { file_id: file.id }),
      await app.post(`/knowledge/${id}/file/remove`, { file_id: file.id }),
      await app.post(`/knowledge/${id}/update`, { name: 'Another', description: '' }),
      await app.post(`/knowledge/${id}/access/update`, { access_grants: [] }),
      await app.post(`/knowledge/${id}/reset`),
      await app.ask('DELETE', `/knowledge/${id}/delete`),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [400, 'bad_request']),
    );
    expect(answers[0]!.body.detail).toContain('external');
    const [after] = await app.sql`
      select to_jsonb(k) as whole, meta::text as meta from knowledge k where id = ${id}`;
    expect(after).toEqual({ whole: row!.whole, meta: before });
    expect(await app.sql`select 1 from knowledge_file where knowledge_id = ${id}`).toEqual([]);
  });

  test('is read, and says that it cannot be changed', async () => {
    const { id } = await external();
    expect((await app.get(`/knowledge/${id}`)).body).toMatchObject({ id, write_access: false });
    expect((await app.get(`/knowledge/${id}/files`)).status).toBe(200);
  });

  test('that becomes one while a file waits for it gets no link', async () => {
    const id = await app.knowledge('External later');
    const { body: file } = await app.send('a.txt', 'sierra', { knowledge_id: id });
    await app.sql`update knowledge set meta = '{"source":"external"}' where id = ${id}`;
    const may = createMayStillAdd({ orm: app.db.orm });
    expect(await may({ userId: file.user_id, role: 'user' }, id)).toBe(false);
  });
});
