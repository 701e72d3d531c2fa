/**
 * Runs one throw-away PostgreSQL for all database tests.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { readDataLock } from '../../backend/database/data-lock.ts';
import { clearLeftover } from '../../backend/database/embedded-leftover.ts';
import { startEmbeddedPostgres } from '../../backend/database/embedded.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's administrator, for `createTestDatabase`. */
    databaseAdminUrl: string;
  }
}

const PREFIX = 'headway-test-';
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** @returns what removes it all again */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await Deno.makeTempDir({ prefix: PREFIX });
  await removeAbandoned(dirname(dataDir));
  await Deno.chmod(dataDir, 0o755);
  const server = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
  project.provide('databaseAdminUrl', server.url);

  const teardown = async () => {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await server.stop();
    await Deno.remove(dataDir, { recursive: true });
  };
  const interrupted = () => teardown().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return teardown;
}

/** Servers of test runs that were killed. A folder with a cluster and no lock is of one of those. */
async function removeAbandoned(parent: string): Promise<void> {
  for await (const { name } of Deno.readDir(parent)) {
    const pgData = join(parent, name, 'cluster', 'data');
    const exists = await Deno.lstat(pgData).then(() => true, () => false);
    if (!name.startsWith(PREFIX) || !exists || await readDataLock(join(parent, name))) continue;
    await clearLeftover(pgData, () => {});
    await Deno.remove(join(parent, name), { recursive: true }).catch(() => {});
  }
}
