/** Scans and images as they are uploaded, read in the sandbox of a real worker. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeImageOnlyPdf, makeScannedPdf } from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

const PICTURES = new URL('../../support/pictures/', import.meta.url);
const picture = (name: string) => Deno.readFile(new URL(name, PICTURES));

const ENGLISH = 'The agreement ends in spring 2031.';
const GERMAN = 'Der Vertrag läuft über zwölf Monate.';

test('images and scanned pages are read, and pages without text are noticed', async () => {
  const jpeg = await picture('german.jpg');
  const scanned = makeScannedPdf([{ jpeg, width: 980, height: 139 }], ['A cover']);
  const unread = { jpeg: await picture('no-text.jpg'), width: 300, height: 200 };
  const sent: [string, Uint8Array, string[]][] = [
    ['photo.jpg', jpeg, [GERMAN]],
    ['fax.tif', await picture('pages-fax.tif'), [ENGLISH, GERMAN]],
    ['scan.pdf', scanned, ['A cover', GERMAN]],
    ['partly.pdf', makeScannedPdf([unread], ['A cover']), ['A cover', '']],
  ];
  const ids: string[] = [];
  for (const [name, bytes] of sent) ids.push(await app.upload(name, bytes));
  const unreadable = await app.upload('gray.pdf', makeImageOnlyPdf());
  await app.startWorker();
  const session = await app.start(await app.createKnowledge(), [...ids, unreadable]);
  const status = await app.reaches(session, isOver);

  for (const [at, [, , texts]] of sent.entries()) {
    expect((await app.parts(ids[at]!)).map(({ text }) => text)).toEqual(texts);
  }
  expect(status.files?.find(({ file_id }) => file_id === ids[3])?.notices).toEqual([{
    code: 'pages_without_text',
    params: { count: 1, pages: [2] },
    message: 'No text was found on 1 page (2)',
  }]);
  expect(status.files?.find(({ file_id }) => file_id === unreadable)).toMatchObject({
    status: 'error',
    error_code: 'image_only',
  });
});
