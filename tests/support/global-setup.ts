/**
 * Runs one throw-away PostgreSQL for all database tests.
 *
 * @module
 */
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../backend/database/embedded.ts';
import { makeMemoryFolder } from './memory-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's administrator, for `createTestDatabase`. */
    databaseAdminUrl: string;
  }
}

const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Of all files that run at once, with the programs that they start.
  max_connections: '300',
};

/** Waits for the end of its input, ends the server if it still runs, removes the folders. */
const JANITOR = `
  read -r _
  server=$(head -n 1 "$1/cluster/data/postmaster.pid" 2>/dev/null)
  tries=50
  if [ -n "$server" ]; then
    kill -QUIT "$server"
    while kill -0 "$server" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
  fi
  rm -rf "$@"`;

/** @returns what removes it all again */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await makeMemoryFolder('headway-test-');
  const server = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
  project.provide('databaseAdminUrl', server.url);
  const janitor = startJanitor([server.dataDir, dataDir]);
  return async () => {
    await server.stop();
    await janitor.stdin.close();
    await janitor.status;
  };
}

/**
 * A process of its own: its input ends with this process however that ends. Vitest runs no
 * teardown on a signal, and leaves no listener of ours the time to.
 */
function startJanitor(dirs: string[]): Deno.ChildProcess {
  return new Deno.Command('sh', {
    args: ['-c', JANITOR, 'janitor', ...dirs],
    cwd: '/',
    detached: true,
    stdin: 'piped',
    stdout: 'null',
    stderr: 'null',
  }).spawn();
}
