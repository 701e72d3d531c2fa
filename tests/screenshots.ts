/**
 * Makes the pictures of the README: real files in a real program, desktop and phone, light and dark.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { startProgram } from './e2e/program.ts';
import { findChromium } from './support/chromium.ts';
import { makeDocx, makeImageOnlyPdf, makePdf } from './support/documents.ts';
import { joinRecordings, readReference } from './support/recordings.ts';

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 375, height: 760 } };
const SCHEMES = ['light', 'dark'] as const;

interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function send(base: string, path: string, init: RequestInit): Promise<never> {
  const answer = await fetch(`${base}/api/v1${path}`, init);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return await answer.json() as never;
}

async function post(base: string, path: string, body: unknown): Promise<never> {
  return await send(base, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function upload(base: string, knowledgeId: string, samples: Sample[]): Promise<string> {
  const { session_id, files } = await post(base, `/knowledge/${knowledgeId}/sessions`, {
    uploads: samples.map(({ name, bytes }) => ({ name, size: bytes.length })),
  }) as { session_id: string; files: { job_id: string }[] };
  for (const [index, { name, bytes }] of samples.entries()) {
    const form = new FormData();
    form.set('metadata', JSON.stringify({ job_id: files[index]?.job_id }));
    form.set('file', new File([bytes], name));
    await send(base, '/files/', { method: 'POST', body: form });
  }
  return session_id;
}

async function until(base: string, id: string, done: (percent: number) => boolean): Promise<void> {
  while (true) {
    const status = await send(base, `/progress/${id}/status`, {}) as { progress: number };
    if (done(status.progress)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function makeReport(base: string, kind: string, body: unknown): Promise<void> {
  const { session_id } = await post(base, `/jobs/${kind}`, body) as { session_id: string };
  await until(base, session_id, (percent) => percent === 100);
}

/** They are there while `look` goes on, when nothing ends: nobody is called. */
async function withWebhooks(base: string, look: () => Promise<void>): Promise<void> {
  const events = ['session.completed', 'session.failed'];
  const webhooks = [
    { url: 'https://hooks.example/chat/editors', description: 'The editors’ chat', events },
    { url: 'https://hooks.example/tickets', description: 'Tickets' },
  ];
  const ids: string[] = [];
  for (const webhook of webhooks) {
    const { id } = await post(base, '/webhooks', webhook) as { id: string };
    ids.push(id);
  }
  await look();
  for (const id of ids) await send(base, `/webhooks/${id}`, { method: 'DELETE' });
}

async function shoot(
  browser: Browser,
  base: string,
  name: string,
  path: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  for (const [device, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ baseURL: base, viewport, colorScheme });
      const page = await context.newPage();
      await page.goto(path);
      await ready(page);
      await page.evaluate('Promise.all([...document.images].map((image) => image.decode()))');
      await page.screenshot({ path: `${FOLDER}${name}-${device}-${colorScheme}.png` });
      await context.close();
    }
  }
}

async function samples(): Promise<{ finished: Sample[]; running: Sample[] }> {
  const austen = await Promise.all((await readReference()).map(async ({ path }) => ({
    name: path.split('/').at(-1) ?? path,
    bytes: await Deno.readFile(path),
  })));
  const pages = [
    'Norland Park. The family of Dashwood had long been settled in Sussex.',
    'Barton Cottage. As a house, though small, it was comfortable and compact.',
    'Delaford. A nice place, full of comforts and conveniences.',
  ];
  const letter = [
    '# A letter from London',
    'My dear mother, we arrived safely in Berkeley Street.',
  ];
  return {
    finished: [
      ...austen.slice(1),
      { name: 'Places of the novel.pdf', bytes: await makePdf(pages) as never },
      { name: 'Letter.docx', bytes: await makeDocx(letter) as never },
    ],
    running: [
      { name: 'Scan without text.pdf', bytes: await makeImageOnlyPdf() as never },
      { name: 'Chapter 1, read aloud.wav', bytes: await joinRecordings({ minutes: 6 }) },
      { name: 'Chapter 2, read aloud.wav', bytes: await joinRecordings({ minutes: 3 }) },
    ],
  };
}

const program = await startProgram();
const browser = await chromium.launch({
  executablePath: await findChromium() || undefined,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const { url } = program;
  const { id } = await post(url, '/knowledge/create', {
    name: 'Sense and Sensibility',
    description: 'Recordings and notes',
  }) as { id: string };
  const { finished, running } = await samples();
  const first = await upload(url, id, finished);
  await until(url, first, (percent) => percent === 100);
  const { items } = await send(url, `/knowledge/${id}/files`, {}) as {
    items: { id: string; filename: string }[];
  };
  const seen = (text: RegExp) => (page: Page) => page.getByText(text).first().waitFor();
  const fileNamed = (name: string) => items.find(({ filename }) => filename === name)?.id;
  await shoot(browser, url, 'home', '/', (page) => page.getByText('Sense and').first().waitFor());
  const transcript = `/knowledge/${id}/files/${fileNamed('austen-0920.wav')}`;
  await shoot(
    browser,
    url,
    'transcript',
    transcript,
    (page) => page.getByText('amiable').waitFor(),
  );
  const document = `/knowledge/${id}/files/${fileNamed('Places of the novel.pdf')}`;
  await shoot(browser, url, 'document', document, (page) => page.getByText('Barton').waitFor());
  const article = (page: Page) => page.getByRole('article').waitFor();
  await makeReport(url, 'knowledge-report', { knowledge_id: id });
  await shoot(browser, url, 'report', `/knowledge/${id}/report`, article);
  const input = { file_id: fileNamed('austen-0920.wav') };
  await makeReport(url, 'file-report', { knowledge_id: id, input });
  await shoot(browser, url, 'file-report', `${transcript}/report`, article);
  await withWebhooks(
    url,
    () => shoot(browser, url, 'webhooks', '/webhooks', seen(/hooks\.example/)),
  );
  const second = await upload(url, id, running);
  await until(url, second, (percent) => percent > 25);
  await shoot(
    browser,
    url,
    'knowledge',
    `/knowledge/${id}`,
    (page) =>
      Promise.all([
        page.getByRole('progressbar').first().waitFor(),
        page.getByText('Letter.docx').waitFor(),
      ]),
  );
  await shoot(browser, url, 'queue', '/queue', seen(/Chapter 1/));
  await shoot(
    browser,
    url,
    'history',
    '/history',
    (page) => page.getByRole('link', { name: /Sense and/ }).first().waitFor(),
  );
  await shoot(browser, url, 'preferences', '/preferences', seen(/Quiet hours/i));
  await shoot(browser, url, 'tray', '/', seen(/Sense and/));
} finally {
  await browser.close();
  await program.remove();
}
