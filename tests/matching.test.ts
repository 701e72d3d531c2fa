/**
 * Which tests `deno task test:one` runs.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { matching } from './support/matching.ts';

const QUEUE = { path: 'tests/backend/queue/claim.db.test.ts', code: '' };
const NAMES = {
  path: 'tests/frontend/tray.test.ts',
  code: `
    // A Claim in a comment, and const claim = 'claim', are no names.
    describe('a tray', () => {
      test(\`shows \${count} files\`, () => expect('claim').toBe('claim'));
      test.each([1])(
        'ends at %i',
        () => {},
      );
    });`,
};
const BROWSER = { path: 'tests/e2e/tray.spec.ts', code: `test('takes a claim', () => {})` };
const FILES = [QUEUE, NAMES, BROWSER];
const found = (pattern: string) => matching(FILES, pattern);

test('a part of the path names a whole file, in any case', () => {
  expect(found('Backend/Queue')).toEqual([
    { path: QUEUE.path, project: 'database', byName: false },
  ]);
});

test('a part of a name names the file of that test; other text does not', () => {
  expect(found('claim')).toEqual([
    { path: QUEUE.path, project: 'database', byName: false },
    { path: BROWSER.path, project: 'e2e', byName: true },
  ]);
});

test('names of groups, of templates and of tables count', () => {
  const byName = [{ path: NAMES.path, project: 'unit', byName: true }];
  for (const pattern of ['A TRAY', 'shows ', 'a tray ends at']) {
    expect(found(pattern)).toEqual(byName);
  }
});

test('a pattern that nothing contains names no file', () => {
  expect(found('no such test')).toEqual([]);
});
