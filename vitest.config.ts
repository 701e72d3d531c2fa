/**
 * Two groups of tests: `unit` needs nothing; `database` shares one throw-away PostgreSQL.
 *
 * @module
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { MOST_MS } from './tests/support/most-wait.ts';

const database = 'tests/**/*.db.test.ts';

export default defineConfig({
  test: {
    // One pool for both groups. Tests that kill and cut wait most of their time for what follows.
    maxWorkers: 4,
    // A process runs many files: starting one for each takes longer than most of them.
    isolate: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: [database, 'tests/e2e/**'],
          testTimeout: MOST_MS + 60_000,
        },
        plugins: [svelte({ configFile: false })],
        resolve: { alias: { $lib: new URL('./frontend/src/lib', import.meta.url).pathname } },
      },
      {
        test: {
          name: 'database',
          include: [database],
          globalSetup: ['tests/support/global-setup.ts'],
          testTimeout: MOST_MS + 60_000,
          hookTimeout: MOST_MS + 60_000,
          expect: { poll: { timeout: MOST_MS } },
        },
      },
    ],
  },
});
