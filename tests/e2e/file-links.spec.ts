/// <reference lib="dom" />
import { expect, expectNothingSerious, startWork, test } from './fixtures.ts';

test('the owner of a file sees where it is linked, and takes it out there', async ({ page, request, knowledgeId }) => {
  const file = {
    name: 'shared.txt',
    mimeType: 'text/plain',
    buffer: new TextEncoder().encode('Hi'),
  };
  await startWork(request, knowledgeId, [file]);
  const filesOf = async (id: string): Promise<{ id: string }[]> =>
    (await (await request.get(`/api/v1/knowledge/${id}/files`)).json()).items;
  await expect.poll(async () => (await filesOf(knowledgeId)).length).toBe(1);
  const [{ id: fileId }] = await filesOf(knowledgeId) as [{ id: string }];
  const address = `/knowledge/${knowledgeId}/files/${fileId}`;
  const bases = page.locator('summary');
  await page.goto(address);
  await expect(page.getByRole('heading', { name: 'shared.txt' })).toBeVisible();
  await expect(page.getByRole('article')).toBeVisible();
  await expect(bases).toHaveCount(0);

  const name = 'Another knowledge base';
  const made = await request.post('/api/v1/knowledge/create', { data: { name } });
  const { id: other } = await made.json();
  await request.post(`/api/v1/knowledge/${other}/file/add`, { data: { file_id: fileId } });
  await page.reload();
  await expect(bases).toHaveText('In 2 knowledge bases');
  await bases.focus();
  await page.keyboard.press('Enter');
  const remove = page.getByRole('button', { name: `Remove from “${name}”` });
  await expect(remove).toBeVisible();
  await expectNothingSerious(page);

  await remove.click();
  const dialog = page.getByRole('dialog', { name: `Remove “shared.txt” from “${name}”?` });
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(dialog).toHaveCount(0);
  expect(await filesOf(other)).toHaveLength(1);
  await remove.click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText(`Removed from “${name}”.`)).toBeFocused();
  await expect(bases).toHaveCount(0);
  expect(await filesOf(other)).toEqual([]);
  expect(await filesOf(knowledgeId)).toHaveLength(1);
  await expect(page.getByRole('article')).toBeVisible();
});
