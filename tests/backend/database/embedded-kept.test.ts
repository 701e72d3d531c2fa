import { expect, test } from 'vitest';
import type { EmbeddedPostgres } from '../../../backend/database/embedded.ts';
import { keepEmbeddedPostgres } from '../../../backend/database/embedded-kept.ts';

const dataDir = Deno.makeTempDirSync({ prefix: 'headway-kept-' });

/** A server that ends when it is told to. */
function stubServer() {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const server: EmbeddedPostgres = {
    url: 'postgres://headway@127.0.0.1:5432/headway',
    dataDir,
    ended,
    stop: () => Promise.resolve(end()),
  };
  return { server, end };
}

const QUOTA = `Could not start the database in ${dataDir}: 2026-12-01 LOG:  starting
2026-12-01 10:00:00 UTC [7] FATAL:  could not write to file "${dataDir}/pg_wal/xlog": Disk quota exceeded`;

/** Keeps a server whose starts are those given, then none; each wait is recorded. */
async function keep(starts: readonly (EmbeddedPostgres | Error)[]) {
  const reports: string[] = [];
  const troubles: (string | null)[] = [];
  const waits: number[] = [];
  const { promise: idle, resolve } = Promise.withResolvers<void>();
  const left = [...starts];
  const kept = await keepEmbeddedPostgres({
    dataDir,
    report: (message) => reports.push(message),
    onTrouble: (trouble) => troubles.push(trouble),
    start() {
      const next = left.shift()!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    async wait(ms, stop) {
      waits.push(ms);
      if (left.length > 0) return;
      resolve();
      await new Promise((stopped) => stop.addEventListener('abort', stopped, { once: true }));
    },
  });
  return { kept, reports, troubles, waits, idle };
}

test('a server that cannot be started again is tried with growing pauses, and says why once', async () => {
  const { server, end } = stubServer();
  const { kept, reports, troubles, waits, idle } = await keep([
    server,
    ...Array.from({ length: 14 }, () => new Error(QUOTA)),
  ]);
  end();
  await idle;
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.slice(-3)).toEqual([60_000, 60_000, 60_000]);
  expect(reports).toEqual([
    'The database ended unexpectedly; it is started again',
    expect.stringContaining(QUOTA),
  ]);
  expect(troubles.at(-1)).toBe('could not write to file …: Disk quota exceeded');
  await kept.stop();
});

test('a server that ends again and again is started with growing pauses, and says so once', async () => {
  const servers = Array.from({ length: 6 }, stubServer);
  const { kept, reports, troubles, waits, idle } = await keep(servers.map(({ server }) => server));
  for (const { end } of servers) end();
  await idle;
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200]);
  expect(reports).toEqual([
    'The database ended unexpectedly; it is started again',
    'The database runs again',
  ]);
  expect(troubles).toEqual([
    ...Array.from({ length: 5 }, () => ['It ended unexpectedly', null]).flat(),
    'It ended unexpectedly',
  ]);
  await kept.stop();
});

test('a new reason is reported as well', async () => {
  const { server, end } = stubServer();
  const { kept, reports, idle } = await keep([
    server,
    new Error('First'),
    new Error('Second'),
    new Error('First'),
  ]);
  end();
  await idle;
  expect(reports.filter((report) => report.includes('First'))).toHaveLength(1);
  expect(reports.filter((report) => report.includes('Second'))).toHaveLength(1);
  await kept.stop();
});
