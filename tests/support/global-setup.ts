/**
 * Runs one throw-away PostgreSQL for all database tests.
 *
 * @module
 */
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../backend/database/embedded.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's administrator, for `createTestDatabase`. */
    databaseAdminUrl: string;
  }
}

const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** @returns what removes it all again */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-test-' });
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
