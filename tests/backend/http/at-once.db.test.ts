/** People who change the same file at the same moment: one after the other, and nobody in vain. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('rewriting, unlinking, emptying and deleting at once never wait for each other', async () => {
  for (let round = 0; round < 6; round++) {
    const knowledge = await app.knowledge();
    const sent = await app.send('a.txt', `Text ${round}`, {}, { process: false });
    const file = sent.body.id;
    await app.post(`/files/${file}/data/content/update`, { content: 'First.' });
    await app.post(`/knowledge/${knowledge}/file/add`, { file_id: file });
    const rewrite = () => app.post(`/files/${file}/data/content/update`, { content: 'Words. ' });
    const answers = await Promise.all([
      rewrite(),
      app.post(`/knowledge/${knowledge}/file/remove`, { file_id: file }),
      rewrite(),
      round % 2 === 0 ? app.delete(`/files/${file}`) : app.post(`/knowledge/${knowledge}/reset`),
      rewrite(),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
  }
});
