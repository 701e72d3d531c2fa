/**
 * A corpus of files that are broken, lie, or are made to harm: each ends with its own clear reason,
 * and none harms its neighbours in the same session.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FailureCode } from '../../../backend/contract/problem.ts';
import { wavHeader } from '../../../backend/processing/transcribe/wav.ts';
import {
  makeDocx,
  makeEncryptedDocx,
  makeEncryptedPdf,
  makeHugePdf,
  makeImageOnlyPdf,
  makePdf,
  makeZipBomb,
  truncated,
  zip,
} from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';
import { inOtherBytes, readReference, wavOf } from '../../support/recordings.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

type Content = Uint8Array | string;

/** A file, the code of its failure, and a pattern of the reason. */
type Bad = readonly [content: Content, code: FailureCode, says: RegExp];

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';

/** A Word document that asks its reader for a file of this machine and for an address elsewhere. */
function entities(body: string): Uint8Array {
  return zip({
    '[Content_Types].xml':
      `<Types><Override PartName="/word/document.xml" ContentType="${WORD}"/></Types>`,
    'word/document.xml': `<?xml version="1.0"?>
      <!DOCTYPE w [<!ENTITY file SYSTEM "file:///etc/passwd">
        <!ENTITY web SYSTEM "http://127.0.0.1:9/">
        <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
      <w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
      <w:body><w:p><w:r><w:t>${body}</w:t></w:r></w:p></w:body></w:document>`,
  });
}

const rubbish = Uint8Array.from({ length: 20_000 }, (_, at) => (at * 7919 + (at >> 3) * 31) % 256);

/** Text with NUL in it, as a broken program writes it. */
const binaryText = new TextEncoder().encode(`Words.\0\0\0\x01\x02${'\0'.repeat(500)}`);

/** An MP4 without any track. */
const emptyMp4 = Uint8Array.from([
  ...[0, 0, 0, 20, ...new TextEncoder().encode('ftypisom'), 0, 0, 2, 0],
  ...new TextEncoder().encode('isom'),
  ...[0, 0, 0, 8, ...new TextEncoder().encode('moov')],
]);

/** Its header says an hour; there are no samples at all. */
const emptyWav = wavHeader(16_000, 3600 * 16_000);

const silence = wavOf(new Float32Array(16_000 * 2));

const bad: Record<string, Bad> = {
  'nothing.txt': ['', 'empty_file', /empty \(0 bytes\)/],
  'nothing.pdf': ['', 'empty_file', /empty \(0 bytes\)/],
  'blank.txt': [' \n\n ', 'empty_text', /no text in it/],
  'cut.pdf': [truncated(makePdf(['One page', 'Another']), 0.3), 'broken_file', /damaged or/],
  'cut.docx': [truncated(makeDocx(['Words'])), 'broken_file', /damaged|could not be|recognised/],
  'locked.pdf': [makeEncryptedPdf(['Secret']), 'encrypted_file', /protected by a password/],
  'locked.docx': [makeEncryptedDocx(), 'encrypted_file', /protected by a password/],
  'scan.pdf': [makeImageOnlyPdf(), 'image_only', /only pictures of pages/],
  'long.pdf': [makeHugePdf(100_000), 'too_large_inside', /more than 50000 pages/],
  'bomb.docx': [makeZipBomb(), 'too_large_inside', /MB unpacked/],
  'rubbish.bin': [rubbish, 'unsupported_type', /could not be recognised/],
  'rubbish.txt': [binaryText, 'unsupported_type', /could not be recognised/],
  'mute.mp4': [emptyMp4, 'no_audio', /no sound/],
  'lying.wav': [emptyWav, 'no_audio', /no sound/],
  'silent.wav': [silence, 'empty_text', /No speech was found/],
};

/** Names that would harm whoever used them as they are; what they are shown as. */
const names: Record<string, string | RegExp> = {
  '../../../etc/passwd': 'passwd',
  '..\\..\\boot.ini': 'boot.ini',
  'nul\0byte.txt': 'nulbyte.txt',
  'invoice\u202efdp.txt': 'invoicefdp.txt',
  [`${'long '.repeat(60)}.txt`]: /^(long ?)+.*….*\.txt$/,
  '🎧 podcast 日本語.txt': '🎧 podcast 日本語.txt',
  '.': 'unnamed',
};

test('each bad file ends with its own reason, and good ones beside it are read', async () => {
  const [recording] = await readReference();
  const speech = await Deno.readFile(recording!.path);
  const good: Record<string, Content> = {
    'before.txt': 'Good words before.',
    'entities.docx': entities('Good words. &file; &web; &b;'),
    // It claims twice the sound that there is.
    'lying speech.wav': lie(inOtherBytes(speech, 0)),
    'after.pdf': makePdf(['Good words after']),
  };
  const sent: [string, Content][] = [
    ...Object.entries(good).slice(0, 2),
    ...Object.entries(bad).map(([name, [content]]) => [name, content] as [string, Content]),
    ...Object.keys(names).map((name) =>
      [name, `Good words of ${name.length}.`] as [string, Content]
    ),
    ...Object.entries(good).slice(2),
  ];
  const ids: string[] = [];
  for (const [name, content] of sent) ids.push(await app.upload(name, content));
  const knowledgeId = await app.createKnowledge();
  const worker = await app.startWorker();
  const session = await app.start(knowledgeId, ids);
  const status = await app.reaches(session, isOver);

  expect(status).toMatchObject({
    status: 'completed',
    failed_files: Object.keys(bad).length,
    processed_files: sent.length - Object.keys(bad).length,
  });
  const files = new Map(status.files?.map((file) => [file.file_id, file]));
  for (const [at, [name]] of sent.entries()) {
    const file = files.get(ids[at] ?? '');
    const [, code, says] = bad[name] ?? [];
    expect([name, file?.status, file?.error_code, file?.attempt])
      .toEqual([name, code ? 'error' : 'completed', code ?? null, 1]);
    if (says) expect([name, file?.error]).toEqual([name, expect.stringMatching(says)]);
    if (names[name]) expect(file?.name).toMatch(names[name]);
  }
  const [text] = (await app.parts(ids[1] ?? '')).map((part) => part.text);
  expect(text).toContain('Good words.');
  expect(text).not.toMatch(/root:|aaaaaaaaaaa/);
  // One worker read them all.
  expect(worker.output).not.toContain('ended unexpectedly');
});

function lie(wav: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(wav.buffer);
  for (const at of [4, 40]) view.setUint32(at, view.getUint32(at, true) * 2, true);
  return wav;
}
