/**
 * The test command: everything the tests need, every check, every test, and one closing line.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { JSONReport } from '@playwright/test/reporter';
import type { JsonTestResults } from 'vitest/node';
import { findChromium } from './support/chromium.ts';
import {
  describeSlowest,
  type Duration,
  durationsInPlaywright,
  durationsInVitest,
} from './support/durations.ts';
import { describe, failedInPlaywright, failedInVitest, type Failure } from './support/failures.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SLOWEST_SHOWN = 25;
const BUILD = ['run', '--quiet', '-A', 'backend/build.ts'];
const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['lint', ['lint', '--quiet']],
  ['format', ['fmt', '--check', '--quiet']],
  ['types', ['task', '--quiet', 'check:types']],
];
/** Follows the build: both write `.svelte-kit`. */
const CHECK_AFTER_BUILD = ['components', ['task', '--quiet', 'check:svelte']] as const;

interface Tally {
  passed: number;
  failed: number;
  readonly failures: Failure[];
  readonly durations: Duration[];
}

/** What one runner reports. */
type Report = Readonly<Tally>;

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

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs beside something else: the caller shows what it printed when it is over. */
async function runAside(args: readonly string[], env: Environment = {}): Promise<Outcome> {
  const { success, stdout, stderr } = await command(args, env, 'piped').output();
  const decoder = new TextDecoder();
  return { ok: success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Checks have no report: each counts as one. */
function addCheck(tally: Tally, name: string, { ok, output }: Outcome): void {
  console.log(`${output}${ok ? 'ok' : 'FAILED'}: ${name}`);
  tally[ok ? 'passed' : 'failed'] += 1;
  if (!ok) tally.failures.push({ name, reason: 'See above.' });
}

/** Runs the checks and the build beside each other. The runners need the pages that it makes. */
async function checkAndBuild(tally: Tally): Promise<void> {
  const building = runAside(BUILD);
  const outcomes = [
    ...CHECKS.map(([name, args]) => [name, runAside(args)] as const),
    [CHECK_AFTER_BUILD[0], building.then(() => runAside(CHECK_AFTER_BUILD[1]))] as const,
  ];
  for (const [name, outcome] of outcomes) addCheck(tally, name, await outcome);
  const { ok, output } = await building;
  console.log(output);
  if (!ok) throw new Error('No pages');
}

/** Adds what a runner reports; one that failed without a failed test counts as a failure. */
function add(tally: Tally, ok: boolean, report: Report | null): void {
  tally.passed += report?.passed ?? 0;
  tally.failed += report?.failed || (ok && report ? 0 : 1);
  tally.failures.push(...report?.failures ?? []);
  tally.durations.push(...report?.durations ?? []);
}

async function readJson<T>(path: string): Promise<T | null> {
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
  const report = await readJson<JsonTestResults>(output);
  add(
    tally,
    ok,
    report && {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      failures: failedInVitest(report),
      durations: durationsInVitest(report, ROOT),
    },
  );
}

async function runPlaywright(tally: Tally, folder: string, chromium: string): Promise<void> {
  const path = `${folder}/playwright.json`;
  const { ok, output } = await runAside(
    ['task', '--quiet', 'e2e', '--reporter=list,json'],
    { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: path },
  );
  console.log(output);
  const report = await readJson<JSONReport>(path);
  add(
    tally,
    ok,
    report && {
      passed: report.stats.expected,
      failed: report.stats.unexpected,
      failures: failedInPlaywright(report),
      durations: durationsInPlaywright(report),
    },
  );
}

const folder = await Deno.makeTempDir({ prefix: 'headway-tests-' });
const tally: Tally = { passed: 0, failed: 0, failures: [], durations: [] };
try {
  const [chromium] = await Promise.all([findChromium(), checkAndBuild(tally)]);
  // Beside each other: either waits much of its time for workers that were killed, and for people.
  await Promise.all([runVitest(tally, folder), runPlaywright(tally, folder, chromium)]);
} catch (error) {
  console.error(error);
  tally.failed += 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log('\nThe slowest test files:');
console.log(describeSlowest(tally.durations, SLOWEST_SHOWN).join('\n'));
for (const failure of tally.failures) console.log(`\n${describe(failure)}`);
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
Deno.exit(tally.failed === 0 ? 0 : 1);
