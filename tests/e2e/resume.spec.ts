/// <reference lib="dom" />
import { add, expect, longRecording, onlySession, passes, test } from './fixtures.ts';

test('a reload in the middle resumes by itself', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [await longRecording(1)]);
  await passes(page, 20);
  await page.reload();
  await passes(page, 20);
  await expect(page.getByRole('heading', { name: '1 file processed' })).toBeVisible();
});

test('two tabs both see the end, also one that was opened in the middle', async ({ page, context, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [await longRecording(1)]);
  await passes(page, 15);
  const other = await context.newPage();
  await other.goto(`/knowledge/${knowledgeId}`);
  await passes(other, 15);
  for (const tab of [page, other]) {
    await expect(tab.getByRole('heading', { name: '1 file processed' })).toBeVisible();
    await expect(tab.getByRole('link', { name: 'long.wav' }).first()).toBeVisible();
  }
});

test('a session cleared through the API disappears from every page', async ({ page, context, request, knowledgeId }) => {
  const base = async () => await (await request.get(`/api/v1/knowledge/${knowledgeId}`)).json();
  const { meta } = await base();
  await page.goto(`/knowledge/${knowledgeId}`);
  const other = await context.newPage();
  await add(page, [await longRecording(2)]);
  await passes(page, 12);
  await other.goto(`/knowledge/${knowledgeId}`);
  await passes(other, 12);
  const { session_id } = await onlySession(request, knowledgeId);
  const cleared = await request.delete(`/api/v1/progress/${session_id}`);
  expect(await cleared.json()).toEqual({ message: 'Progress data cleared successfully' });
  for (const tab of [page, other]) await expect(tab.getByRole('progressbar')).toHaveCount(0);
  expect((await request.get(`/api/v1/progress/${session_id}/status`)).status()).toBe(404);
  expect((await base()).meta).toEqual(meta);
});

test('the old endpoint stops an EventSource for good', async ({ page, request, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [await longRecording(0.2)]);
  const { session_id } = await onlySession(request, knowledgeId);
  let requests = 0;
  page.on('request', (sent) => {
    if (sent.url().endsWith(`/progress/${session_id}`)) requests += 1;
  });
  const state = await page.evaluate((id) =>
    new Promise((resolve) => {
      const source = new EventSource(`/api/v1/progress/${id}`);
      source.onerror = () => resolve(source.readyState);
    }), session_id);
  expect(state).toBe(2); // EventSource.CLOSED: it does not reconnect
  expect(requests).toBe(1);
});

test('a restart of the server in the middle loses nothing', async ({ page, program, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [await longRecording(1.2)]);
  await passes(page, 20);
  const before = Number(
    await page.getByRole('progressbar').first().getAttribute('aria-valuenow'),
  );
  await program.stop();
  await program.restart();
  await passes(page, before);
  await expect(page.getByRole('heading', { name: '1 file processed' })).toBeVisible();
});
