/** Licences of all that the default install brings. */
import { expect, test } from 'vitest';
import {
  exceptionOf,
  EXCEPTIONS,
  type Installed,
  objection,
  readInstalled,
  renderNotice,
} from './support/licences.ts';

test('every installed package is under a permissive licence, or is a named exception', async () => {
  const installed = await readInstalled();
  expect(installed.length).toBeGreaterThan(200);
  expect(installed.map(objection).filter((found) => found !== null)).toEqual([]);
});

test('no exception is left over from a package that is gone', async () => {
  const used = new Set((await readInstalled()).map(({ name }) => exceptionOf(name)));
  expect(Object.keys(EXCEPTIONS).filter((name) => !used.has(name))).toEqual([]);
});

test('NOTICE names what is installed (deno task notice)', async () => {
  const notice = await Deno.readTextFile(new URL('../NOTICE', import.meta.url));
  expect(notice).toBe(renderNotice(await readInstalled()));
});

test.each([
  ['GPL-2.0', {}, /GPL-2.0/],
  ['GPL-3.0-or-later', {}, /GPL-3.0/],
  ['LGPL-3.0-or-later', {}, /LGPL-3.0/],
  ['AGPL-3.0', {}, /AGPL/],
  ['MIT AND GPL-2.0', {}, /GPL-2.0/],
  ['', {}, /no licence/],
  ['MIT', { COPYING: '\n     GNU GENERAL PUBLIC LICENSE\n  Version 2' }, /COPYING is a GPL/],
])('objection() finds %s with %o', (licence, files, expected) => {
  expect(objection(packageOf(licence, files))).toMatch(expected);
});

test.each(['MIT', '(MIT OR GPL-2.0)', 'MIT AND Apache-2.0'])('objection() passes %s', (licence) => {
  expect(objection(packageOf(licence, {}))).toBeNull();
});

test('objection() holds an exception to the licence that it was made for', () => {
  const changed = { ...packageOf('GPL-3.0', {}), name: 'audio-file-decoder' };
  expect(objection(changed)).toMatch(/GPL-3.0, not LGPL-2.1/);
});

function packageOf(licence: string, files: Record<string, string>): Installed {
  return {
    name: 'some-package',
    version: '1.0.0',
    licence,
    repository: '',
    files: new Map(Object.entries(files)),
    isPlatform: false,
  };
}
