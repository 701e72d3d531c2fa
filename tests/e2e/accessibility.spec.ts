/// <reference lib="dom" />
import {
  add,
  expect,
  expectNothingSerious,
  longRecording,
  pdf,
  recordings,
  test,
} from './fixtures.ts';

test('no page has serious obstacles, and none breaks its content policy', async ({ page, knowledgeId }) => {
  const complaints: string[] = [];
  page.on('console', (said) => said.type() === 'error' && complaints.push(said.text()));
  page.on('pageerror', (error) => complaints.push(error.message));

  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Knowledge bases' })).toBeVisible();
  await expectNothingSerious(page);

  await page.goto(`/knowledge/${knowledgeId}`);
  await add(page, [(await recordings())[0]!, await pdf()]);
  await expect(page.getByRole('heading', { name: '2 files processed' })).toBeVisible();
  await add(page, [{ ...await longRecording(2), name: 'later.wav' }]);
  await expect(page.getByText(/Transcribed/).first()).toBeVisible();
  await expectNothingSerious(page);

  await page.getByRole('link', { name: 'places.pdf' }).first().click();
  await expect(page.getByRole('article').first()).toBeVisible();
  await expectNothingSerious(page);
  await page.goBack();
  await page.getByRole('link', { name: 'austen-0870.wav' }).first().click();
  await expect(page.getByRole('button', { name: /^Play from/ }).first()).toBeVisible();
  await expectNothingSerious(page);

  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Search all knowledge bases' });
  await expectNothingSerious(page);
  await dialog.getByRole('textbox').fill('Barton Cottage');
  await expect(dialog.getByRole('link').first()).toBeVisible();
  await dialog.getByRole('link').first().focus();
  await expectNothingSerious(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNothingSerious(page);
  expect(complaints).toEqual([]);
});

test('a knowledge base can be used without a mouse', async ({ page, knowledgeId }) => {
  await page.goto(`/knowledge/${knowledgeId}`);
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  const names: string[] = [];
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab');
    names.push(
      await page.evaluate(() =>
        document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent
          ?.trim() ??
          ''
      ),
    );
  }
  expect(names[0]).toBe('Skip to content');
  expect(names).toContain('Choose files');
  expect(names).toContain('Choose a folder');
});
