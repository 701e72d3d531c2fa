/**
 * What an app pays for the poller: everything reachable from `utils/polling.ts`, minified, gzipped.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

/** 8 kB. */
const MOST_BYTES = 8 * 1_024;
const ENTRY = fileURLToPath(
  new URL('../../frontend/src/lib/utils/polling.ts', import.meta.url),
);

it(`utils/polling.ts is smaller than ${MOST_BYTES} bytes in all, and needs no other package`, async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rolldownOptions: { input: ENTRY, preserveEntrySignatures: 'strict' },
    },
  });
  const [bundle] = [built].flat() as Rolldown.RolldownOutput[];
  const chunk = bundle?.output.find((part) => part.type === 'chunk');
  const foreign = (chunk?.moduleIds ?? []).filter((id) =>
    !/\/frontend\/src\/lib\/|\/backend\/contract\//.test(id)
  );
  expect([chunk?.imports, foreign]).toEqual([[], []]);
  const bytes = gzipSync(chunk?.code ?? '', { level: 9 }).byteLength;
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
