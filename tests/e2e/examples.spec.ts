/** The examples of the documentation, used as a person would. */
import { expect, expectNothingSerious, longRecording, pdf, test, toChoose } from './fixtures.ts';

test('one file with a bar goes on after a reload', async ({ page }) => {
  await page.goto('/examples/one-file');
  await page.getByLabel('A document, a recording').setInputFiles(
    toChoose(await longRecording(1)),
  );
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(page.getByRole('status')).toContainText('Transcribed');
  await page.reload();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(page.getByRole('status')).toContainText('1 of 1 file');
  await expectNothingSerious(page);
});

test('a knowledge base shows each file', async ({ page, knowledgeId }) => {
  await page.goto(`/examples/knowledge-base?knowledge=${knowledgeId}`);
  await page.locator('input[type=file]').first().setInputFiles(toChoose(await pdf()));
  await expect(page.getByRole('link', { name: 'places.pdf' }).first()).toBeVisible();
});

test('a job is started, told of once, and shows its result', async ({ page, knowledgeId }) => {
  await page.goto(`/examples/report?knowledge=${knowledgeId}`);
  await page.getByRole('button', { name: 'Create a report' }).click();
  await expect(page.getByText('There are no files in it yet')).toBeVisible();
  await expect(page.getByText('Told once: 0 words')).toBeVisible();
});

test('background work says what it found', async ({ page, context }) => {
  await context.grantPermissions(['notifications']);
  await page.goto('/examples/background');
  await page.getByRole('button', { name: 'Process everything' }).click();
  await expect(page.getByRole('status').filter({ hasText: /./ }).first()).toBeVisible();
  await expectNothingSerious(page);
});

test('the queue is shown to administrators', async ({ page }) => {
  await page.goto('/examples/queue');
  await expect(page.getByRole('heading', { name: 'Workers' })).toBeVisible();
  await expectNothingSerious(page);
});
