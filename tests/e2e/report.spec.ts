/**
 * A report from its page: started, followed through a reload and by a second device, its worker
 * killed on the way, read and taken along.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { expect, expectNothingSerious, startWork, test } from './fixtures.ts';

const FILES = 20;
const WORDS = 'whale ship harbour letter garden sister carriage morning silence fortune'.split(' ');

/**
 * Words that take seconds to count in all, and whose counts are known. The same text again and
 * again is read only once, so that the counting is all that takes long.
 */
function texts() {
  return Array.from({ length: FILES }, (_, at) => {
    const sentence = WORDS.map((word) => `the ${word}`).join(' ');
    const text = `${sentence}.\n`.repeat(2_000);
    return { name: `text-${at}.txt`, mimeType: 'text/plain', buffer: Buffer.from(text) };
  });
}

test('a report survives a reload, a second device and its worker killed', async ({ page, browser, baseURL, request, program, knowledgeId }) => {
  await startWork(request, knowledgeId, texts());
  await expect.poll(async () => {
    const list = await request.get(`/api/v1/knowledge/${knowledgeId}/files`);
    return (await list.json()).total;
  }).toBe(FILES);

  await page.goto(`/knowledge/${knowledgeId}`);
  await page.getByRole('link', { name: 'Report', exact: true }).click();
  await expect(page.getByText('There is no report yet')).toBeVisible();
  const started = page.waitForResponse(/jobs\/knowledge-report$/);
  await page.getByRole('button', { name: 'Create a report' }).click();
  const { status_url } = await (await started).json();
  // A percent is shown of what has begun.
  await expect.poll(async () => (await (await request.get(status_url)).json()).progress, {
    intervals: [20],
  }).toBeGreaterThanOrEqual(1);
  program.killWorker();
  // Nobody takes it up again before all have seen it wait.
  expect((await request.post('/api/v1/queue/pause')).ok()).toBe(true);
  const card = page.getByRole('region', { name: 'Report' });
  await expect(card).toContainText('The queue is paused');
  await page.reload();
  await expect(card).toContainText('The queue is paused');
  await expect(card).toContainText(/[1-9]\d?%/);
  await expect(card).toContainText('It goes on when you close this page');

  const device = await browser.newContext({ baseURL });
  const other = await device.newPage();
  await other.goto(`/knowledge/${knowledgeId}/report`);
  await expect(other.getByRole('region', { name: 'Report' })).toContainText('The queue is paused');
  await expectNothingSerious(page);
  expect((await request.post('/api/v1/queue/resume')).ok()).toBe(true);

  for (const screen of [page, other]) {
    const article = screen.getByRole('article', { name: 'Report' });
    await expect(article.getByRole('row', { name: new RegExp(`^Text ${FILES} `) })).toBeVisible();
    for (const word of WORDS) {
      const row = article.getByRole('row', {
        name: `${word} ${(2_000 * FILES).toLocaleString('en')}`,
      });
      await expect(row).toBeVisible();
    }
  }
  const jobs = await request.get(`/api/v1/jobs?kind=knowledge-report&knowledge_id=${knowledgeId}`);
  expect((await jobs.json()).total).toBe(1);
  await expectNothingSerious(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toMatch(/ Report \d{4}-\d\d-\d\d\.md$/);
  await device.close();
});
