/**
 * The jobs of this program: built-in ones, and those of the app's own module.
 *
 * @module
 */
import { pathToFileURL } from 'node:url';
import type { JobKind } from './queue/job-kind.ts';
import { reports } from './reports/all.ts';

/**
 * Loads the built-in jobs and those that a module exports as `jobs`.
 *
 * @throws {Error} the module cannot be loaded, or exports no such list
 */
export async function loadJobs(modulePath: string | null): Promise<readonly JobKind[]> {
  if (modulePath === null) return reports;
  const module: { jobs?: unknown } = await import(pathToFileURL(modulePath).href);
  if (!Array.isArray(module.jobs) || !module.jobs.every(isKind)) {
    throw new Error(
      `JOBS_MODULE must export 'jobs', a list of what defineJob() made: ${modulePath}`,
    );
  }
  return [...reports, ...module.jobs];
}

function isKind(value: unknown): value is JobKind {
  return typeof value === 'object' && value !== null && 'kind' in value && 'run' in value &&
    typeof value.run === 'function';
}
