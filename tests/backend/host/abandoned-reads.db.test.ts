/**
 * A file that is read again loses what was read before as soon as the new reading begins. Where
 * that is broken off, the text comes back from the app's row.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { removeContent, storeParts } from '../../../backend/knowledge/content.ts';
import { replaceAbandoned } from '../../../backend/knowledge/reconcile.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { createHostDatabase } from '../../support/host-database.ts';

let app: TestApp;
let fileId: string;
let sessionId: string;
beforeAll(async () => {
  app = await startTestApp({ database: await createHostDatabase() });
});
afterAll(() => app.stop());

/** A file of the host's with a text, of whose second reading one part is stored. */
beforeEach(async () => {
  const { body } = await app.send('read.txt', 'bytes', {}, { process: false });
  fileId = body.id;
  await app.sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at,
    updated_at) select gen_random_uuid(), 'host', id, user_id, 0, 0 from file where id = ${fileId}`;
  sessionId = (await app.post('/knowledge/host/sessions', { file_ids: [fileId] })).body.session_id;
  await app.sql`update file set data = '{"status":"completed","content":"A quokka. A narwhal."}'
    where id = ${fileId}`;
  await app.db.orm.transaction(async (tx) => {
    await removeContent(tx, fileId);
    const parts = [
      {
        index: 0,
        kind: 'section',
        label: null,
        text: 'A quokka.',
        start: null,
        end: null,
      } as const,
    ];
    const reader = { id: 'plain-text', version: 1, source: null };
    const step = { parts, checkpoint: { at: 1 }, fraction: 0.5, duration: null };
    await storeParts(tx, fileId, reader, step);
  });
  await app.sql`update headway.extraction set updated_at = now() - interval '2 minutes'
    where file_id = ${fileId}`;
});

const texts = async () =>
  (await app.get(`/files/${fileId}/parts`)).body.parts.map(({ text }: { text: string }) => text);

test('a read that was cancelled gives the place back to the text of the row', async () => {
  expect(await replaceAbandoned(app.db)).toEqual([]);
  await app.post(`/sessions/${sessionId}/cancel`);
  expect(await replaceAbandoned(app.db)).toEqual([fileId]);
  expect(await texts()).toEqual(['A quokka. A narwhal.']);
  const { body } = await app.get('/knowledge/host/search?q=narwhal');
  expect(body.hits.map((hit: { file_id: string }) => hit.file_id)).toContain(fileId);
  expect(await replaceAbandoned(app.db)).toEqual([]);
});

test('what was read of a file whose row has no text stays, to go on from', async () => {
  await app.sql`update file set data = '{"status":"pending"}' where id = ${fileId}`;
  await app.post(`/sessions/${sessionId}/cancel`);
  expect(await replaceAbandoned(app.db)).toEqual([]);
  expect(await texts()).toEqual(['A quokka.']);
});

test('a read that was cancelled a moment ago may still be asked for again', async () => {
  await app.sql`update headway.extraction set updated_at = now() where file_id = ${fileId}`;
  await app.post(`/sessions/${sessionId}/cancel`);
  expect(await replaceAbandoned(app.db)).toEqual([]);
  expect(await texts()).toEqual(['A quokka.']);
});
