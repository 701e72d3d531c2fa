/**
 * Browser tests: one real program for each worker, on an empty folder of its own.
 *
 * @module
 */
import { defineConfig } from '@playwright/test';

/** A closed network, and no browser services that would knock on it. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

export default defineConfig({
  testDir: 'tests/e2e',
  workers: 1,
  // Tests wait for states. These bounds are for machines that have much else to do meanwhile.
  timeout: 240_000,
  expect: { timeout: 120_000 },
  forbidOnly: true,
  outputDir: 'test-results',
  use: {
    launchOptions: { executablePath: Deno.env.get('CHROMIUM_PATH') || undefined, args: ARGS },
    // Pictures and copies of each page cost a fifth of the processor: `--trace on` records them.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
    locale: 'en-US',
    // Endless animations are drawn in software, frame by frame: half a core for nothing.
    contextOptions: { reducedMotion: 'reduce' },
  },
});
