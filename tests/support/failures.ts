/**
 * What failed and why, out of the runners' reports, for the last lines of the test command: a log
 * that is cut keeps its end.
 *
 * @module
 */
import type { JSONReport, JSONReportSuite } from '@playwright/test/reporter';
import type { JsonTestResults } from 'vitest/node';

export interface Failure {
  /** File and titles. */
  readonly name: string;
  readonly reason: string;
}

const MOST_LINES = 20;
// deno-lint-ignore no-control-regex -- colours of a terminal
const COLOURS = /\u001B\[[\d;]*m/g;

/** Failed tests of Vitest, and files that failed before their first test. */
export function failedInVitest({ testResults }: JsonTestResults): Failure[] {
  return testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [{ name: file, reason: message }] : [];
    return failed.map(({ fullName, failureMessages }) => ({
      name: `${file} > ${fullName}`,
      reason: (failureMessages ?? []).join('\n'),
    }));
  });
}

/** Failed tests of Playwright, and what failed outside of any. */
export function failedInPlaywright({ suites, errors }: JSONReport): Failure[] {
  return [
    ...suites.flatMap(failedInSuite),
    ...errors.map(({ message }) => ({ name: 'Playwright', reason: message ?? '' })),
  ];
}

function failedInSuite({ file, specs, suites = [] }: JSONReportSuite): Failure[] {
  const failed = specs.filter(({ ok }) => !ok).map(({ title, tests }) => ({
    name: `${file} > ${title}`,
    reason: tests.flatMap(({ results }) => results).flatMap(({ errors }) => errors)
      .map(({ message, location }) => `${message}${location ? `\nat line ${location.line}` : ''}`)
      .join('\n'),
  }));
  return [...failed, ...suites.flatMap(failedInSuite)];
}

/** As lines to read, a long reason by its beginning. */
export function describe({ name, reason }: Failure): string {
  const lines = reason.replaceAll(COLOURS, '').trim().split('\n').slice(0, MOST_LINES);
  return [`FAILED ${name}`, ...lines.map((line) => `  ${line}`)].join('\n');
}
