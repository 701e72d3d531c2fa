/**
 * What the documentation names is there: files, folders, links and tasks.
 *
 * @module
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import deno from '../deno.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The changelog tells of the past. */
const PAGES = globSync(['*.md', 'docs/**/*.md', 'migrations/*.md'], { cwd: ROOT })
  .filter((page) => page !== 'CHANGELOG.md')
  .toSorted();

/** What `pattern` finds, with the page it stands on. */
const found = (pattern: RegExp) =>
  PAGES.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(pattern)]
      .map(([, what = '']) => ({ page, what }))
  );

test('paths in the documentation exist', () => {
  const paths = found(/`((?:backend|bench|docs|frontend|migrations|tests)\/[\w./*[\]+-]*)`/g)
    // Made by a build, or a name to be filled in.
    .filter(({ what }) => !/^frontend\/(dist|build)|NNNN/.test(what));
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter(({ what }) => globSync(what, { cwd: ROOT }).length === 0)).toEqual([]);
});

test('links between pages lead to a file', () => {
  const links = found(/\]\((?!https?:|#)([^)#\s]+)/g);
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter(({ page, what }) => !existsSync(join(ROOT, dirname(page), what))))
    .toEqual([]);
});

test('tasks in the documentation exist', () => {
  const tasks = found(/\bdeno task ([a-z][a-z0-9:]*)/g);
  expect(tasks.length).toBeGreaterThan(0);
  expect(tasks.filter(({ what }) => !(what in deno.tasks))).toEqual([]);
});
