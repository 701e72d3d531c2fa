/**
 * Runs the tests that a pattern names, with no more set-up than they need. A file whose path contains
 * the pattern runs whole; of other files the tests run whose name contains it.
 *
 * @module
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './support/chromium.ts';
import { type Match, matching, type TestFile } from './support/matching.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEST_NAME = /\.(test|spec)\.ts$/;
const VITEST = ['run', '--quiet', '-A', 'npm:vitest', 'run'];

async function filesBelow(folder: string): Promise<TestFile[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(ROOT, folder)));
  const found = await Promise.all(entries.map(async ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return await filesBelow(path);
    return TEST_NAME.test(name) ? { path, code: await Deno.readTextFile(join(ROOT, path)) } : [];
  }));
  return found.flat().toSorted((a, b) => a.path < b.path ? -1 : 1);
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT, env });
  return (await command.spawn().status).success;
}

/** `args` end with the names of tests, where not whole files run. */
async function runVitest(matches: readonly Match[], args: readonly string[]): Promise<boolean> {
  if (matches.length === 0) return true;
  const projects = new Set(matches.map(({ project }) => `--project=${project}`));
  return await run([...VITEST, ...projects, ...matches.map(({ path }) => path), ...args]);
}

async function runPlaywright(matches: readonly Match[], args: readonly string[]): Promise<boolean> {
  if (matches.length === 0) return true;
  const env = { CHROMIUM_PATH: await findChromium() };
  return await run(['task', '--quiet', 'e2e', ...matches.map(({ path }) => path), ...args], env);
}

async function runMatches(matches: readonly Match[], pattern: string): Promise<boolean> {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const results: boolean[] = [];
  for (const byName of [false, true]) {
    const chosen = matches.filter((match) => match.byName === byName);
    const inBrowser = chosen.filter(({ project }) => project === 'e2e');
    const others = chosen.filter(({ project }) => project !== 'e2e');
    results.push(await runVitest(others, byName ? ['-t', `(?i:${literal})`] : []));
    // Playwright ignores case by itself.
    results.push(await runPlaywright(inBrowser, byName ? ['-g', literal] : []));
  }
  return !results.includes(false);
}

const pattern = Deno.args.filter((arg) => arg !== '--').join(' ').trim();
const matches = pattern ? matching(await filesBelow('tests'), pattern) : [];
if (matches.length === 0) {
  const what = pattern
    ? `No path of a test file and no name of a test contains '${pattern}'.`
    : 'Which test? Give a pattern.';
  console.error(`${what}
Give a part of a path or of a name, in any case:
  deno task test:one tests/backend/queue          all tests of a folder
  deno task test:one supervise                    files with that in their path, and tests named so
  deno task test:one "nothing is left running"    tests by their name
'deno task test' runs everything.`);
  Deno.exit(1);
}
console.log(
  `${matches.map(({ path, byName }) => byName ? `${path} (by name)` : path).join('\n')}\n`,
);
Deno.exit(await runMatches(matches, pattern) ? 0 : 1);
