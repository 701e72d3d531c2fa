/// <reference lib="dom" />
import type { APIRequestContext, Page } from '@playwright/test';
import { Buffer } from 'node:buffer';
import { startReceiver, verified } from '../support/receiver.ts';
import { startProgram } from './program.ts';
import { expect, expectNothingSerious, test } from './fixtures.ts';

/** A phone shows everything without scrolling sideways. */
async function expectNothingCutOff(page: Page): Promise<void> {
  await page.setViewportSize({ width: 375, height: 760 });
  const overflow = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth
  );
  expect(overflow).toBe(0);
  await page.setViewportSize({ width: 1280, height: 860 });
}

let made = 0;

/** Sends files, each of its own bytes unless it says what is in it, and returns their session. */
async function send(
  request: APIRequestContext,
  knowledgeId: string,
  files: Record<string, string | null>,
  priority = 'low',
): Promise<string> {
  const bytes = Object.entries(files).map(([name, text]) => ({
    name,
    buffer: Buffer.from(text ?? `${name} says ${++made} ${crypto.randomUUID()}`),
  }));
  const started = await request.post(`/api/v1/knowledge/${knowledgeId}/sessions`, {
    data: { uploads: bytes.map(({ name, buffer }) => ({ name, size: buffer.length })), priority },
  });
  const { session_id, files: jobs } = await started.json();
  for (const [index, { name, buffer }] of bytes.entries()) {
    await request.post('/api/v1/files/', {
      multipart: {
        metadata: JSON.stringify({ job_id: jobs[index].job_id }),
        file: { name, mimeType: 'application/octet-stream', buffer },
      },
    });
  }
  return session_id;
}

const ended = (request: APIRequestContext, sessionId: string) =>
  expect.poll(async () => {
    const { finished_at } = await (await request.get(`/api/v1/progress/${sessionId}/status`))
      .json();
    return finished_at;
  }).not.toBeNull();

const jobRow = (page: Page, name: string) =>
  page.getByRole('listitem').filter({
    has: page.getByRole('button', { name: `Details ${name}`, exact: true }),
  });

test('the queue is paused, a job promoted and one cancelled, and all goes on', async ({ page, request, knowledgeId }) => {
  await page.goto('/queue');
  await page.getByRole('button', { name: 'Pause the queue' }).click();
  await expect(page.getByText(/^Paused by you/)).toBeVisible();
  const session = await send(request, knowledgeId, { 'first.txt': null, 'second.txt': null });

  await expect(jobRow(page, 'first.txt')).toContainText('Waiting');
  await expect(page.getByText('0 high · 0 medium · 2 low')).toBeVisible();
  await page.getByRole('button', { name: 'Promote first.txt' }).click();
  await expect(jobRow(page, 'first.txt')).toContainText('High');
  await expect(page.getByText('1 high · 0 medium · 1 low')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Promote first.txt' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Cancel second.txt' }).click();
  await expect(jobRow(page, 'second.txt')).toContainText('Cancelled');
  await expectNothingCutOff(page);

  await page.getByRole('button', { name: 'Resume' }).click();
  await ended(request, session);
  await expect(jobRow(page, 'first.txt')).toContainText('Done');
  await expect(page.getByRole('button', { name: 'Pause the queue' })).toBeVisible();
  await page.getByRole('button', { name: 'Details first.txt' }).click();
  await expect(jobRow(page, 'first.txt')).toContainText('Attempts');
  await page.getByText('Show as a table').click();
  await expect(page.getByRole('columnheader', { name: 'Waiting' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'Throughput and waiting' })).toBeVisible();
});

test('what failed is grouped by its reason, found by filters in the address, and retried', async ({ page, request, knowledgeId }) => {
  await ended(
    request,
    await send(request, knowledgeId, { 'a.pdf': '%PDF-1.7 cut', 'b.pdf': '%PDF-1.7' }),
  );
  await ended(request, await send(request, knowledgeId, { 'nothing.txt': '', 'fine.txt': null }));
  await page.goto('/queue');
  await page.getByRole('button', { name: 'Damaged file', exact: true }).click();
  await expect(page).toHaveURL(/\?state=error&reason=broken_file$/);
  await expect(jobRow(page, 'a.pdf')).toContainText('This PDF is damaged');
  await expect(jobRow(page, 'fine.txt')).toHaveCount(0);
  await page.getByRole('searchbox', { name: 'File name' }).fill('b.p');
  await expect(page).toHaveURL(/&q=b\.p$/);
  await expect(page.getByRole('searchbox', { name: 'File name' })).toBeFocused();

  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Reason of failure' })).toHaveValue(
    'broken_file',
  );
  await expect(page.getByRole('searchbox', { name: 'File name' })).toHaveValue('b.p');
  await expect(jobRow(page, 'b.pdf')).toBeVisible();
  await expect(jobRow(page, 'a.pdf')).toHaveCount(0);
  await expectNothingSerious(page);

  await page.getByRole('button', { name: /^Retry (it|all \d+): Damaged file$/ }).click();
  await expect(
    page.getByRole('status').filter({ hasText: /^\d files? runs? again\.$/ }),
  )
    .toBeAttached();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/queue$/);
  await expect(jobRow(page, 'fine.txt')).toContainText('Done');
});

test('the history tells outcome and durations, opens files, runs again and is cleared', async ({ page, request, knowledgeId }) => {
  await ended(request, await send(request, knowledgeId, { 'good.txt': null, 'empty.txt': '' }));
  await page.goto('/history');
  const entries = page.getByRole('main').locator('ul > li[aria-busy]');
  const entry = entries.first();
  await expect(entry).toContainText('Partly done');
  await expect(entry).toContainText('1 of 2 files failed');
  await expect(entry).toContainText(/took \d+ sec/);
  await entry.getByRole('button', { name: /^Show files/ }).click();
  await expect(entry.getByRole('link', { name: 'good.txt' })).toBeVisible();
  await expect(entry).toContainText('This file is empty');
  await expectNothingSerious(page);
  await expectNothingCutOff(page);

  await page.getByRole('combobox', { name: 'Knowledge base' }).selectOption(knowledgeId);
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('partly');
  await expect(page).toHaveURL(`/history?outcome=partly&knowledge=${knowledgeId}`);
  await page.reload();
  await expect(page.getByText('1 entry')).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Outcome' })).toHaveValue('partly');

  await entry.getByRole('button', { name: /^Run again/ }).click();
  await expect(page.getByText('It runs again.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Follow it' })).toHaveAttribute(
    'href',
    `/knowledge/${knowledgeId}`,
  );
  await entry.getByRole('button', { name: /^Clear/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Clear' }).click();
  await expect(entries.filter({ hasText: 'Failed' })).toHaveCount(0);
});

/** An administrator adds an endpoint, is shown its secret once, and sends it a test. */
async function tellSomebody(page: Page): Promise<void> {
  const receiver = await startReceiver();
  try {
    await page.goto('/queue');
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill(`${receiver.url}/tickets`);
    await page.getByRole('switch', { name: 'Tell of everything' }).click();
    await page.getByRole('checkbox', { name: 'Session completed' }).check();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const secret = await page.getByText(/^whsec_/).textContent() ?? '';
    await page.getByRole('button', { name: /^Send a test/ }).click();
    const deliveries = page.getByRole('list', { name: 'Deliveries' });
    await expect(deliveries.getByRole('listitem')).toContainText(/Test\s+Delivered/);
    expect(verified(receiver.at('/tickets')[0]!, secret).type).toBe('webhook.test');
    await expectNothingSerious(page);
    await expectNothingCutOff(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByText(/whsec_/)).toHaveCount(0);
    await page.getByRole('button', { name: /^Delete/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByText('Nobody is told yet.')).toBeVisible();
  } finally {
    await receiver.close();
  }
}

test('preferences are saved at once and hold back the background; others are told', async ({ browser }) => {
  const program = await startProgram({
    WEBHOOK_TARGETS: 'any',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'headway@app.example',
  });
  const context = await browser.newContext({ baseURL: program.url, timezoneId: 'Asia/Tokyo' });
  try {
    const page = await context.newPage();
    const { request } = context;
    await request.post('/api/v1/files/?process=false', {
      multipart: {
        file: { name: 'later.txt', mimeType: 'text/plain', buffer: Buffer.from('Later') },
      },
    });
    await page.goto('/preferences');
    await page.getByRole('switch', { name: 'No background processing' }).click();
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    await expect(page.getByRole('combobox', { name: 'Time zone' })).toHaveValue('Asia/Tokyo');
    const hour = Number(
      new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'Asia/Tokyo' })
        .format(),
    );
    await page.getByRole('combobox', { name: 'From' }).selectOption(`${(hour + 23) % 24}`);
    await page.getByRole('combobox', { name: 'Until' }).selectOption(`${(hour + 3) % 24}`);
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    await expect(page.getByRole('switch', { name: 'Send me a mail' })).toBeDisabled();
    await expect(page.getByText(/knows no mail address of yours/)).toBeVisible();
    await expectNothingSerious(page);
    await expectNothingCutOff(page);
    await page.getByRole('button', { name: 'Start background processing now' }).click();
    await expect(page.getByText(/Started with 1 file\. Quiet hours hold it back until \d/))
      .toBeVisible();
    await expect.poll(async () =>
      (await (await request.get('/api/v1/sessions?live=true')).json()).items[0]?.message
    ).toMatch(/^Held until \d\d:00 \(quiet hours\)$/);

    await page.getByRole('combobox', { name: 'Until' }).selectOption(`${(hour + 23) % 24}`);
    await expect(page.getByRole('alert')).toContainText('Not saved');
    await expect(page.getByRole('combobox', { name: 'Until' })).toHaveValue(`${(hour + 23) % 24}`);
    await page.reload();
    await expect(page.getByRole('combobox', { name: 'Until' })).toHaveValue(`${(hour + 3) % 24}`);
    await page.getByRole('switch', { name: 'Process my files' }).click();
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Start background' })).toBeDisabled();
    expect((await (await request.get('/api/v1/sessions?live=true')).json()).total).toBe(0);
    await tellSomebody(page);
  } finally {
    await context.close();
    await program.remove();
  }
});

test('whoever is no administrator is told so, and is not asked for again', async ({ page }) => {
  let asked = 0;
  await page.route('**/api/v1/queue**', (route) => {
    asked += 1;
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'forbidden', detail: 'Only administrators', status: 403 }),
    });
  });
  await page.goto('/queue');
  await expect(page.getByRole('heading', { name: 'For administrators only' })).toBeVisible();
  await expectNothingSerious(page);
  // One round asks for the queue, its jobs and its graph.
  expect(asked).toBe(3);
});
