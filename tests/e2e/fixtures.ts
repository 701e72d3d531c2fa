/**
 * What browser tests start from: a running program, a fresh knowledge base, real files.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import AxeBuilder from '@axe-core/playwright';
import { type APIRequestContext, expect, type Page, test as base } from '@playwright/test';
import { makeDocx, makePdf } from '../support/documents.ts';
import { inOtherBytes, joinRecordings, readReference } from '../support/recordings.ts';
import { type Program, startProgram } from './program.ts';

interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Uint8Array;
}

interface WorkerFixtures {
  program: Program;
}

interface TestFixtures {
  /** Id of a knowledge base of this test alone. */
  knowledgeId: string;
  /** Tests share one program and its one user: what a test leaves behind is cleared after it. */
  nothingLeft: void;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // deno-lint-ignore no-empty-pattern -- Playwright reads the names out of this pattern
  program: [async ({}, use) => {
    const program = await startProgram();
    await use(program);
    await program.remove();
  }, { scope: 'worker', timeout: 120_000 }],
  baseURL: async ({ program }, use) => await use(program.url),
  knowledgeId: async ({ request }, use, info) => {
    const answer = await request.post('/api/v1/knowledge/create', {
      data: { name: info.title.slice(0, 80) },
    });
    await use((await answer.json()).id);
  },
  nothingLeft: [async ({ request }, use) => {
    await use();
    await clearSessions(request);
  }, { auto: true }],
});

/** Cancels what is live, and takes what has ended out of every page's sight. The queue goes on. */
async function clearSessions(request: APIRequestContext): Promise<void> {
  await request.post('/api/v1/queue/resume');
  const { items } = await (await request.get('/api/v1/sessions?limit=200')).json();
  for (const { session_id } of items) await request.delete(`/api/v1/progress/${session_id}`);
  const live = async () => (await (await request.get('/api/v1/sessions?live=true')).json()).total;
  await expect.poll(live).toBe(0);
}

/** The five recordings. */
export async function recordings(): Promise<Upload[]> {
  return await Promise.all((await readReference()).map(async ({ path }) => ({
    name: path.split('/').at(-1) ?? path,
    mimeType: 'audio/wav',
    buffer: await Deno.readFile(path),
  })));
}

let made = 0;

/** A recording of so many minutes, long enough to interrupt; never the same bytes twice. */
export async function longRecording(minutes: number): Promise<Upload> {
  const buffer = inOtherBytes(await joinRecordings({ minutes }), ++made);
  return { name: 'long.wav', mimeType: 'audio/wav', buffer };
}

export async function pdf(): Promise<Upload> {
  const pages = ['The first page tells of Norland.', 'The second page tells of Barton Cottage.'];
  return { name: 'places.pdf', mimeType: 'application/pdf', buffer: await makePdf(pages) };
}

export async function docx(): Promise<Upload> {
  return {
    name: 'letter.docx',
    mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    buffer: await makeDocx(['# A letter', 'Elinor wrote to her mother from London.']),
  };
}

/** Chooses files in the drop zone, as a person does with the button. */
export async function add(page: Page, files: readonly Upload[]): Promise<void> {
  await page.getByLabel('Choose files').setInputFiles(files.map(toChoose));
}

/** A file as an input of the page takes it. */
export const toChoose = (file: Upload): { name: string; mimeType: string; buffer: Buffer } => ({
  ...file,
  buffer: Buffer.from(file.buffer),
});

/** The knowledge base's only session, as another client sees it. */
export async function onlySession(
  request: APIRequestContext,
  knowledgeId: string,
): Promise<{ session_id: string; status: string; progress: number }> {
  const query = `/api/v1/sessions?knowledge_id=${knowledgeId}`;
  await expect.poll(async () => (await (await request.get(query)).json()).total).toBe(1);
  return (await (await request.get(query)).json()).items[0];
}

/** Waits until the page's session card shows more than `percent`. */
export async function passes(page: Page, percent: number): Promise<void> {
  const bar = page.getByRole('progressbar').first();
  await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow')))
    .toBeGreaterThan(percent);
}

/**
 * Starts work as another client does, so that no page has to do it. Its files are sent when
 * `announced` is over: work that is done before a page looks is no work in progress to it.
 */
export async function startWork(
  request: APIRequestContext,
  knowledgeId: string,
  files: readonly Upload[],
  announced?: (sessionId: string) => Promise<unknown>,
): Promise<string> {
  const uploads = files.map(({ name, buffer }) => ({ name, size: buffer.length }));
  const started = await request.post(`/api/v1/knowledge/${knowledgeId}/sessions`, {
    data: { uploads },
  });
  const { session_id, files: jobs } = await started.json();
  await announced?.(session_id);
  for (const [index, file] of files.entries()) {
    const metadata = JSON.stringify({ knowledge_id: knowledgeId, job_id: jobs[index].job_id });
    const sent = await request.post('/api/v1/files/', {
      multipart: { metadata, file: { ...file, buffer: Buffer.from(file.buffer) } },
    });
    if (!sent.ok()) throw new Error(`${file.name} was not taken: ${await sent.text()}`);
  }
  return session_id;
}

/** Serious obstacles, as axe finds them in light and in dark. */
export async function expectNothingSerious(page: Page): Promise<void> {
  // Colours on their way from one to another are nobody's text.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page })
      // Our pages have no frames whose results would be joined in another tab.
      .setLegacyMode()
      .options({ resultTypes: ['violations'] })
      .analyze();
    const serious = violations.filter(({ impact }) =>
      impact === 'serious' || impact === 'critical'
    );
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
}

export { expect };
