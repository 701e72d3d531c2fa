/**
 * One session of every kind of file, read by a real worker.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  makeDocx,
  makeEpub,
  makeOds,
  makeOdt,
  makePdf,
  makePptx,
  makeXlsx,
  truncated,
} from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';
import { readReference, wordErrors } from '../../support/recordings.ts';

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
};
const broken = { 'broken.pdf': truncated(makePdf(['One page', 'Another']), 0.3) };

test('a session of every kind of file completes, one broken file or not', async () => {
  const references = await readReference();
  const recordings = await Promise.all(
    references.map(async ({ path }) => [basename(path), await Deno.readFile(path)] as const),
  );
  const sent = { ...documents, ...broken, ...Object.fromEntries(recordings) };
  const ids: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(sent)) ids[name] = await app.upload(name, bytes);
  const knowledgeId = await app.createKnowledge();
  await app.startWorker();
  const sessionId = await app.start(knowledgeId, Object.values(ids));
  const status = await app.reaches(sessionId, isOver, { ms: 60_000 });

  expect(status).toMatchObject({
    status: 'completed',
    progress: 100,
    total_files: 18,
    processed_files: 17,
    failed_files: 1,
  });
  expect(status.message).toMatch(/^17 of 18 files; 1 failed: broken\.pdf: .*(damaged|PDF)/);
  expect(status.files?.find(({ name }) => name === 'broken.pdf')).toMatchObject({
    status: 'error',
    error_code: 'broken_file',
  });
  for (const name of Object.keys(documents)) await expectRead(ids[name]!, name.slice(2));
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
}, 90_000);

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
  expect((await app.file(failed)).data).toEqual({ status: 'failed', error: expect.any(String) });
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
