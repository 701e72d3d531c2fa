/**
 * What a text file holds is what the app's row, its hash and the exports hold, to the character.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { paths } from '../../../backend/contract/paths.ts';
import { sha256 } from '../../../backend/knowledge/hash.ts';
import { createInstallation, type Installation, json } from '../../support/installation.ts';
import { pagesOf, storeParts } from '../../support/parts.ts';
import { endPrograms } from '../../support/processes.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

const lines = (line: (at: number) => string, count: number) =>
  Array.from({ length: count }, (_, at) => line(at)).join('');

const FILES: Readonly<Record<string, string>> = {
  'digits.txt': lines((at) => `${at}`.padStart(5, '0'), 9600),
  'windows.txt': `\r\n  ${lines((at) => `Zeile ${at}: Größe 😀\r\n`, 900)}\r\n`,
  'short.txt': '\tshort\n',
  'code.py': `text = """\n${lines((at) => `    row ${at}\n`, 900)}"""\n`,
  'server.log': lines((at) => `${at} \u001b[31mGET\u001b[0m /index.html\f\n`, 900),
  'notes.md': `\n# One\n\n${'word '.repeat(2000)}\n## Two\r\n${
    lines((at) => `- ${at}\n`, 2000)
  }\n\n`,
};

test('text files are kept to the character', async () => {
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  // The mark of the encoding is no part of the text.
  const contents: Record<string, string> = {
    ...FILES,
    'marked.txt': `\ufeff${FILES['digits.txt']}!`,
  };
  const ids = new Map<string, string>();
  for (const [name, text] of Object.entries(contents)) ids.set(name, await app.upload(name, text));
  const session = await app.start(knowledgeId, [...ids.values()]);
  await app.reaches(session, ({ status }) => status === 'completed');
  // Of the same bytes as another: its text is copied.
  ids.set('copy.py', await app.upload('copy.py', contents['code.py']!));
  const again = await app.start(knowledgeId, [ids.get('copy.py')!]);
  await app.reaches(again, ({ status }) => status === 'completed');

  for (const [name, id] of ids) {
    const text = (name === 'copy.py' ? contents['code.py']! : contents[name]!)
      .replace(/^\ufeff/, '');
    const row = await app.file(id);
    expect(row.data.content, name).toBe(text);
    expect(row.hash, name).toBe(sha256(text));
    const exported = await app.send(`${paths.file(id)}/export?format=txt`);
    expect(await exported.text(), name).toBe(text);
  }
});

test.each([
  ['blank lines of any number', `  One.\n\n\n\n${'Two. '.repeat(900)}\n \n\t\nThree.\n\n`],
  ['line ends of Windows', `${'A line of text.\r\n'.repeat(600)}\r\n`],
  ['no space at all', 'x'.repeat(9_000)],
  ['space alone', ' \n\n\t'],
  ['more space than a part holds', `One.${'\n'.repeat(9_000)}Two.${' '.repeat(9_000)}`],
  ['nothing', ''],
])('a text that a person wrote is kept to the character: %s', async (_, content) => {
  const id = await app.upload('edited.txt', crypto.randomUUID());
  await app.ask(`${paths.file(id)}/data/content/update`, json({ content }));
  expect((await app.file(id)).data.content).toBe(content);
  const exported = await app.send(`${paths.file(id)}/export?format=txt`);
  expect(await exported.text()).toBe(content);
  const parts = await app.parts(id);
  expect(parts.filter(({ text }) => text === '').length).toBe(content.trim() || !content ? 0 : 1);
  expect(Math.max(0, ...parts.map(({ text }) => text.trimEnd().length))).toBeLessThanOrEqual(4_000);
});

test('a long paragraph of a web page is one paragraph of its text', async () => {
  await app.startWorker();
  const words = lines((at) => `word${at} `, 3000).trim();
  const id = await app.upload('page.html', `<h1>Head</h1><p>${words}</p><p>End</p>`);
  const session = await app.start(await app.createKnowledge(), [id]);
  await app.reaches(session, ({ status }) => status === 'completed');
  expect((await app.file(id)).data.content).toBe(`# Head\n\n${words}\n\nEnd`);
});

test('parts without a separator have a blank line between them', async () => {
  const id = await app.upload('old.txt', 'one two');
  await storeParts(app.sql, id, { parts: pagesOf(['one', 'two']) });
  const exported = await app.send(`${paths.file(id)}/export?format=txt`);
  expect(await exported.text()).toBe('one\n\ntwo');
});
