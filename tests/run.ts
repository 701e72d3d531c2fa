/**
 * The test command: everything the tests need, every check, every test, and one closing line.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { findChromium } from './support/chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['lint', ['lint', '--quiet']],
  ['format', ['fmt', '--check', '--quiet']],
  ['types', ['task', '--quiet', 'check']],
];

interface Tally {
  passed: number;
  failed: number;
}

type Environment = Record<string, string>;

const command = (args: readonly string[], env: Environment, out: 'inherit' | 'piped') =>
  new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env,
    stdin: 'null',
    stdout: out,
    stderr: out,
  });

async function run(args: readonly string[], env: Environment = {}): Promise<boolean> {
  return (await command(args, env, 'inherit').spawn().status).success;
}

/** What it prints is shown when it is over: for what runs beside something else. */
async function runAside(args: readonly string[], env: Environment): Promise<boolean> {
  const { success, stdout, stderr } = await command(args, env, 'piped').output();
  const decoder = new TextDecoder();
  console.log(decoder.decode(stdout) + decoder.decode(stderr));
  return success;
}

/** Checks have no report: each counts as one. */
async function runChecks(tally: Tally): Promise<void> {
  for (const [name, args] of CHECKS) {
    const ok = await run(args);
    console.log(`${ok ? 'ok' : 'FAILED'}: ${name}`);
    tally[ok ? 'passed' : 'failed'] += 1;
  }
}

/** Adds what a runner reports; one that failed without a failed test counts as a failure. */
function add(tally: Tally, ok: boolean, report: Tally | null): void {
  tally.passed += report?.passed ?? 0;
  tally.failed += report?.failed || (ok && report ? 0 : 1);
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return null;
  }
}

async function runVitest(tally: Tally, folder: string): Promise<void> {
  const output = `${folder}/vitest.json`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const ok = await run(['run', '--quiet', '-A', 'npm:vitest', 'run', ...reporters]);
  const report = await readJson(output);
  add(
    tally,
    ok,
    report && {
      passed: Number(report.numPassedTests),
      failed: Number(report.numFailedTests),
    },
  );
}

async function runPlaywright(tally: Tally, folder: string, chromium: string): Promise<void> {
  const output = `${folder}/playwright.json`;
  const ok = await runAside(
    ['task', '--quiet', 'e2e', '--reporter=list,json'],
    { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: output },
  );
  const stats = (await readJson(output))?.stats as Record<string, number> | undefined;
  add(
    tally,
    ok,
    stats
      ? {
        passed: (stats.expected ?? 0) + (stats.flaky ?? 0),
        failed: stats.unexpected ?? 0,
      }
      : null,
  );
}

const folder = await Deno.makeTempDir({ prefix: 'headway-tests-' });
const tally: Tally = { passed: 0, failed: 0 };
try {
  const chromium = await findChromium();
  await runChecks(tally);
  // Both start the program: the pages are built once, before it.
  if (!await run(['run', '--quiet', '-A', 'backend/build.ts'])) throw new Error('No pages');
  // Beside each other: either waits much of its time for workers that were killed, and for people.
  await Promise.all([runVitest(tally, folder), runPlaywright(tally, folder, chromium)]);
} catch (error) {
  console.error(error);
  tally.failed += 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
Deno.exit(tally.failed === 0 ? 0 : 1);
