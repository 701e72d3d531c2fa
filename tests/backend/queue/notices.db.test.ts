/**
 * A file that was not read reliably says so: on its row, in its session and wherever it is reused.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeDocx } from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';

let app: Installation;
let knowledgeId: string;
beforeAll(async () => {
  app = await createInstallation();
  knowledgeId = await app.createKnowledge();
});
beforeEach(async () => void await app.startWorker());
afterEach(endPrograms);
afterAll(() => app.close());

const DAMAGED = 'A word with a \uFFFD, and one more \uFFFD.';
const notice = {
  code: 'characters_undecodable',
  params: { count: 2 },
  message: '2 characters could not be decoded and are shown as “\uFFFD”',
};

const noticesOf = async (fileId: string) => (await app.file(fileId)).notices;

test('one file: its row, its session and the message name the notices', async () => {
  const id = await app.upload('damaged.docx', makeDocx(['First paragraph', DAMAGED]));
  const session = await app.start(knowledgeId, [id]);
  const status = await app.reaches(session, isOver);
  expect(status).toMatchObject({
    status: 'completed',
    noticed_files: 1,
    message: '1 of 1 file; 1 with notices',
    files: [{ status: 'completed', notices: [notice] }],
  });
  expect(await noticesOf(id)).toEqual([notice]);
  const list = await app.ask<{ items: { id: string; notices?: unknown }[] }>(
    `/knowledge/${knowledgeId}/files`,
  );
  expect(list.items.find((file) => file.id === id)?.notices).toEqual([notice]);
});

test('small texts of a batch carry theirs, whole ones have none', async () => {
  const ids = [
    await app.upload('whole.txt', 'Nothing is wrong with this text.'),
    await app.upload('damaged.txt', DAMAGED),
    await app.upload('another.txt', 'Nor with this one.'),
  ];
  const session = await app.start(knowledgeId, ids);
  expect(await app.reaches(session, isOver)).toMatchObject({
    status: 'completed',
    noticed_files: 1,
    message: '3 of 3 files; 1 with notices',
  });
  expect(await Promise.all(ids.map(noticesOf))).toEqual([undefined, [notice], undefined]);
});

test('a copy of the bytes has the notices of the first reading', async () => {
  const bytes = makeDocx([`${DAMAGED} For a copy.`]);
  const first = await app.upload('first.docx', bytes);
  await app.reaches(await app.start(knowledgeId, [first]), isOver);
  const copy = await app.upload('copy.docx', bytes);
  const status = await app.reaches(await app.start(knowledgeId, [copy]), isOver);
  expect(status).toMatchObject({ noticed_files: 1, files: [{ notices: [notice] }] });
  expect(await noticesOf(copy)).toEqual([notice]);
});

test('a text that a person writes has none', async () => {
  const id = await app.upload('mended.txt', `${DAMAGED} To be mended.`);
  await app.reaches(await app.start(knowledgeId, [id]), isOver);
  expect(await noticesOf(id)).toEqual([notice]);
  await app.ask(`/files/${id}/data/content/update`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'A word with a letter, and one more letter.' }),
  });
  expect(await noticesOf(id)).toBeUndefined();
});
