/// <reference lib="dom" />
import type { APIRequestContext, Page } from '@playwright/test';
import { makePdf } from '../support/documents.ts';
import { expect, startWork, test } from './fixtures.ts';

const ODD = 'Quetzal <b>bold</b> & <img src=x onerror=alert(1)> \u202eשלום quetzal עולם 👩‍👩‍👧 🦜';

const fileOf = (name: string, mimeType: string, buffer: Uint8Array) => ({ name, mimeType, buffer });

async function makeKnowledge(request: APIRequestContext, name: string): Promise<string> {
  const made = await request.post('/api/v1/knowledge/create', { data: { name } });
  return (await made.json()).id;
}

/** Waits until the search knows so many files with the word. */
async function indexed(request: APIRequestContext, q: string, files: number): Promise<void> {
  const found = async () =>
    (await (await request.get(`/api/v1/search?q=${q}&group=file`)).json()).total_files;
  await expect.poll(found).toBe(files);
}

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Search all knowledge bases' });
const field = (page: Page) => dialog(page).getByRole('textbox');

test('a word is searched in all knowledge bases from any page, by keys alone', async ({ page, request }) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  const birds = await makeKnowledge(request, 'Birds of Guatemala');
  const odds = await makeKnowledge(request, 'Odd <b>texts</b>');
  const pages = ['Nothing here.', 'A quetzal is a bird.', 'No more.', 'Another quetzal flew.'];
  const pdf = fileOf('birds.pdf', 'application/pdf', await makePdf(pages));
  await startWork(request, birds, [pdf]);
  const odd = fileOf('<i>odd</i> 🦜.txt', 'text/plain', new TextEncoder().encode(ODD));
  await startWork(request, odds, [odd]);
  await indexed(request, 'quetzal', 2);

  await page.goto('/preferences');
  const opener = page.getByRole('button', { name: 'Search', exact: true });
  await expect(opener).toBeVisible();
  await opener.focus();
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toHaveCount(0);
  await expect(opener).toBeFocused();

  await page.keyboard.press('Control+k');
  await field(page).fill('quetzal');
  await expect(dialog(page).getByRole('status')).toHaveText('3 hits in 2 files');
  await expect(dialog(page)).toContainText('Birds of Guatemala');
  await expect(dialog(page)).toContainText('Odd <b>texts</b>');
  await expect(dialog(page)).toContainText('<b>bold</b> & <img src=x onerror=alert(1)>');
  await expect(dialog(page).locator('b, i, img')).toHaveCount(0);
  await expect(dialog(page).locator('mark').first()).toHaveText(/^quetzal$/i);

  const group = dialog(page).getByRole('list', { name: /^birds\.pdf/ });
  await dialog(page).getByRole('button', { name: 'Show more hits (1)' }).click();
  await expect(group.getByRole('link')).toHaveCount(2);
  await expect(group.getByRole('link').last()).toBeFocused();
  // Typing goes to the field, wherever the focus is; the answer is that to what stands there.
  await page.keyboard.press('x');
  await expect(dialog(page).getByRole('status')).toContainText('quetzalx');
  await field(page).fill('quetzal flew');
  await expect(dialog(page).getByRole('status')).toHaveText('1 hit in 1 file');
  await page.keyboard.press('ArrowDown');
  await expect(group.getByRole('link')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(field(page)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');

  await expect(dialog(page)).toHaveCount(0);
  await expect(page).toHaveURL(
    new RegExp(`/knowledge/${birds}/files/[^?]+\\?part=4&find=quetzal$`),
  );
  const article = page.getByRole('article').filter({ hasText: 'Another quetzal flew.' });
  await expect(article.locator('mark.current')).toHaveText('quetzal');
  await expect(article).toBeInViewport();

  await page.keyboard.press('Control+k');
  await field(page).fill('quetsal');
  await expect(dialog(page).getByRole('status')).toContainText('These are similar:');
  await field(page).fill('bold שלום');
  await expect(dialog(page).getByRole('status')).toHaveText('1 hit in 1 file');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/knowledge/${odds}/files/`));
  await expect(page.locator('mark.current')).toBeVisible();
  expect(problems).toEqual([]);
});

test('a search says that it is offline and goes on with the network; it works on a phone', async ({ page, context, request, knowledgeId }) => {
  const text = fileOf('note.txt', 'text/plain', new TextEncoder().encode('A lonely okapi.'));
  await startWork(request, knowledgeId, [text]);
  await indexed(request, 'okapi', 1);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(dialog(page)).toContainText('Finds words in documents and recordings');
  await context.setOffline(true);
  await field(page).fill('okapi');
  await expect(dialog(page).getByRole('status')).toContainText('You are offline.');
  await context.setOffline(false);
  await expect(dialog(page).getByRole('link')).toHaveCount(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);

  await page.route('**/api/v1/search?*', (route) => route.fulfill({ status: 500, body: '' }));
  await field(page).fill('okapis');
  const again = dialog(page).getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await page.unroute('**/api/v1/search?*');
  await field(page).fill('nowhere');
  await expect(dialog(page).getByRole('status')).toHaveText('Nothing found for “nowhere”');
  await expect(again).toHaveCount(0);
  await dialog(page).getByRole('button', { name: 'Close' }).click();
  await expect(dialog(page)).toHaveCount(0);
});
