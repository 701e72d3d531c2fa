/**
 * Which test files took how long, out of the runners' reports, for the end of the test command.
 *
 * @module
 */
import type { JSONReport, JSONReportSuite } from '@playwright/test/reporter';
import type { JsonTestResults } from 'vitest/node';

export interface Duration {
  readonly file: string;
  readonly milliseconds: number;
}

/** From the start of each file's first test to the end of its last one. */
export function durationsInVitest({ testResults }: JsonTestResults, root: string): Duration[] {
  return testResults.map(({ name, startTime, endTime }) => ({
    file: name.startsWith(root) ? name.slice(root.length) : name,
    milliseconds: endTime - startTime,
  }));
}

/** The tests of each file added up: they run one after another. */
export function durationsInPlaywright({ suites }: JSONReport): Duration[] {
  return suites.map((suite) => ({
    file: `tests/e2e/${suite.file}`,
    milliseconds: durationOfSuite(suite),
  }));
}

function durationOfSuite({ specs, suites = [] }: JSONReportSuite): number {
  const results = specs.flatMap(({ tests }) => tests).flatMap((test) => test.results);
  const nested = suites.map(durationOfSuite);
  return [...results.map(({ duration }) => duration), ...nested].reduce((a, b) => a + b, 0);
}

/** The longest ones first, as lines to read. */
export function describeSlowest(durations: readonly Duration[], count: number): string[] {
  return durations
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, count)
    .map(({ file, milliseconds }) => `${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${file}`);
}
