/**
 * One session of every kind of file, read by a real worker.
 *
 * @module
 */
import { message, text } from '../../../backend/contract/messages/catalogue.ts';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../backend/database/connection.ts';
import type { ProcessEvent } from '../../../backend/processing/processor.ts';
import type { ClaimedJob } from '../../../backend/progress/jobs.ts';
import { LostClaim } from '../../../backend/queue/boss.ts';
import { Recorder } from '../../../backend/queue/recorder.ts';
import { RunClock } from '../../../backend/queue/run-clock.ts';
import {
  makeDocx,
  makeEml,
  makeEpub,
  makeFb2,
  makeMbox,
  makeMhtml,
  makeMsg,
  makeNotebook,
  makeOds,
  makeOdt,
  makePdf,
  makePptx,
  makeSrt,
  makeXlsx,
  readLegacy,
  truncated,
} from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';
import { readReference, wordErrors } from '../../support/recordings.ts';
import { encode, TONGUES } from '../../support/sentences.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

const sentence = (format: string) => `The harbour of ${format} lies in the morning mist.`;
const sheets = (format: string) => ({
  Places: [['Place', 'Words'], ['Harbour', sentence(format)]],
});

const documents: Record<string, Uint8Array | string> = {
  'a.txt': sentence('txt'),
  'a.md': `# Heading\n\n${sentence('md')}`,
  'a.html': `<!doctype html><title>T</title><p>${sentence('html')}</p>`,
  'a.csv': `Place,Words\nHarbour,${sentence('csv')}\n`,
  'a.json': JSON.stringify({ words: sentence('json') }),
  'a.pdf': makePdf([sentence('pdf'), 'The second page']),
  'a.docx': makeDocx(['# Heading', sentence('docx')]),
  'a.pptx': makePptx([{ title: 'Slide', lines: [sentence('pptx')] }]),
  'a.xlsx': makeXlsx(sheets('xlsx')),
  'a.ods': makeOds(sheets('ods')),
  'a.odt': makeOdt(['# Heading', sentence('odt')]),
  'a.epub': makeEpub([{ title: 'One', html: `<p>${sentence('epub')}</p>` }]),
  'a.fb2': makeFb2([{ title: 'One', paragraphs: [sentence('fb2')] }]),
  'a.rtf': `{\\rtf1 ${sentence('rtf')}}`,
  'a.eml': makeEml({ subject: 'Harbour', text: sentence('eml') }),
  'a.msg': makeMsg({ subject: 'Harbour', text: sentence('msg') }),
  'a.mbox': makeMbox([{ subject: 'Harbour', text: sentence('mbox') }]),
  'a.mht': makeMhtml(`<p>${sentence('mht')}</p>`),
  'a.ipynb': makeNotebook([{ prose: sentence('ipynb') }]),
  'a.srt': makeSrt([sentence('srt')]),
};
/** Files of 1997–2003, and texts in the encodings of those years, with what each of them says. */
const old: Record<string, readonly [bytes: Uint8Array, text: string]> = {
  'minutes.doc': [await readLegacy('minutes.doc'), 'Grüße aus Köln. Привет, мир.'],
  'slides.ppt': [await readLegacy('slides.ppt'), 'Umsätze stiegen um 10 %'],
  ...Object.fromEntries(
    Object.entries(TONGUES).map(([language, { sentences, encodings: [encoding] }]) => [
      `${language}.txt`,
      [encode(sentences.join('\n'), encoding!), sentences.join('\n')],
    ]),
  ),
};
const broken = { 'broken.pdf': truncated(makePdf(['One page', 'Another']), 0.3) };

test('a session of every kind of file completes, one broken file or not', async () => {
  const references = await readReference();
  const recordings = await Promise.all(
    references.map(async ({ path }) => [basename(path), await Deno.readFile(path)] as const),
  );
  const oldBytes = Object.entries(old).map(([name, [bytes]]) => [name, bytes] as const);
  const others = Object.fromEntries([...oldBytes, ...recordings]);
  const sent = { ...documents, ...broken, ...others };
  const ids: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(sent)) ids[name] = await app.upload(name, bytes);
  const knowledgeId = await app.createKnowledge();
  await app.startWorker();
  const sessionId = await app.start(knowledgeId, Object.values(ids));
  const status = await app.reaches(sessionId, isOver);

  const total = Object.keys(sent).length;
  expect(status).toMatchObject({
    status: 'completed',
    progress: 100,
    total_files: total,
    processed_files: total - 1,
    failed_files: 1,
  });
  const done = `${total - 1} of ${total} files`;
  expect(status.message).toMatch(
    new RegExp(`^${done}; 1 failed: broken\\.pdf: .*(damaged|PDF)`),
  );
  expect(status.files?.find(({ name }) => name === 'broken.pdf')).toMatchObject({
    status: 'error',
    error_code: 'broken_file',
  });
  for (const name of Object.keys(documents)) await expectRead(ids[name]!, name.slice(2));
  for (const [name, [, text]] of Object.entries(old)) {
    expect((await app.file(ids[name]!)).data.content).toContain(text);
  }
  await expectLinked(knowledgeId, Object.values(ids), ids['broken.pdf']!);

  let errors = 0;
  for (const { path, text } of references) {
    const parts = await app.parts(ids[basename(path)]!);
    errors += wordErrors(text, parts.map((part) => part.text).join(' '));
    for (const { kind, start, end } of parts) {
      expect(kind).toBe('segment');
      expect(end).toBeGreaterThan(start!);
    }
  }
  expect(errors).toBeLessThanOrEqual(2);
  await expectAmiable(knowledgeId, ids);
});

/** As the existing app sees a file that was read. */
async function expectRead(fileId: string, format: string): Promise<void> {
  const { data, hash } = await app.file(fileId);
  expect(data).toMatchObject({ status: 'completed', content: expect.any(String) });
  expect(data.content).toContain(sentence(format));
  expect(hash).toBe(createHash('sha256').update(data.content!).digest('hex'));
}

async function expectLinked(knowledgeId: string, all: string[], failed: string): Promise<void> {
  const rows = await app
    .sql`select file_id from knowledge_file where knowledge_id = ${knowledgeId}`;
  const linked = rows.map((row) => row.file_id).toSorted();
  expect(linked).toEqual(all.filter((id) => id !== failed).toSorted());
  const reason = {
    error: expect.any(String),
    error_details: message('damaged_document', { what: 'pdf' }),
    error_code: 'broken_file',
  };
  expect((await app.file(failed)).data).toEqual({ status: 'failed', ...reason });
}

async function expectAmiable(knowledgeId: string, ids: Record<string, string>): Promise<void> {
  const { hits } = await app.search(knowledgeId, 'amiable');
  expect(hits.map((hit) => hit.file_id).toSorted()).toEqual(
    [ids['austen-0920.wav'], ids['austen-0930.wav']].toSorted(),
  );
  for (const { file_id, part_index, start, end } of hits) {
    const part = (await app.parts(file_id))[part_index]!;
    expect(part.text).toContain('amiable');
    expect({ start, end }).toEqual({ start: part.start, end: part.end });
  }
}

test('reading goes on while what was read is written, as far as is good for the memory', async () => {
  const fileId = await app.upload('book.pdf', 'Bytes that nobody looks at');
  await app.start(await app.createKnowledge(), [fileId]);
  const [job] = await app.sql<ClaimedJob[]>`
    update headway.job set status = 'processing', worker = 'w', attempt = 1
    where file_id = ${fileId} returning *`;
  const db = connect(app.url);
  const recorder = new Recorder({
    db,
    job: job!,
    claim: { jobId: job!.id as string, worker: 'w', attempt: 1 },
    reader: { id: 'pdf', version: 1, source: null },
    step: 'extract',
    notices: [],
    clock: new RunClock({ processor: 'pdf', mediaType: 'application/pdf', bytes: 1, book: [] }),
    giveWay: new AbortController().signal,
  });
  await recorder.start(0);
  let read = 0;
  async function* pages(): AsyncGenerator<ProcessEvent> {
    for (; read < 1_000; read += 50) {
      const page = (_: unknown, at: number) => ({
        index: read + at,
        kind: 'page' as const,
        label: null,
        text: `Page ${read + at}`,
        start: null,
        end: null,
      });
      const parts = Array.from({ length: 50 }, page);
      const checkpoint = { unit: read + 50 };
      yield { type: 'parts', parts, checkpoint, fraction: (read + 50) / 1_000, message: text('') };
    }
  }
  const stored = async () => {
    const [row] = await app.sql<{ parts: number; passages: number; unit: number | null }[]>`
      select (select count(*)::int from headway.part where file_id = ${fileId}) as parts,
        (select count(*)::int from headway.passage where file_id = ${fileId}) as passages,
        (select (checkpoint ->> 'unit')::int from headway.extraction
          where file_id = ${fileId}) as unit`;
    return row;
  };
  let recorded: Promise<void> | null = null;
  await app.sql.begin(async (tx) => {
    await tx`select 1 from headway.job where id = ${job!.id as string}::uuid for update`;
    recorded = recorder.recordAll(pages());
    // What is written waits for us: 200 pages at most, and 200 more that wait for those.
    await until('reading to go on', () => read >= 200);
    expect(await stored()).toEqual({ parts: 0, passages: 0, unit: null });
    expect(read).toBeLessThan(400);
  });
  await recorded;
  expect(await stored()).toEqual({ parts: 1_000, passages: 1_000, unit: 1_000 });
  const texts = (await app.parts(fileId)).map(({ text }) => text);
  expect(texts.slice(0, 3)).toEqual(['Page 0', 'Page 1', 'Page 2']);

  await app.sql`update headway.job set worker = 'another' where file_id = ${fileId}`;
  read = 900;
  await expect(recorder.recordAll(pages())).rejects.toThrow(LostClaim);
  await db.close();
});
