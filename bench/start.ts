/**
 * How soon the whole program is there, against the embedded database alone: on an empty folder, and
 * again on the one it left.
 *
 * @module
 */
import { createDataDir } from '../tests/support/installation.ts';
import { endPrograms, startProgram } from '../tests/support/processes.ts';
import { type Figure, list, median } from './figure.ts';

const ROUNDS = 3;
const START_MS = 120_000;

export async function measureStart(): Promise<Figure[]> {
  const times = { cold: [[], []], warm: [[], []] } as Record<'cold' | 'warm', number[][]>;
  for (let round = 0; round < ROUNDS; round++) {
    const folders = await Promise.all([createDataDir(), createDataDir()]);
    for (const kind of ['cold', 'warm'] as const) {
      times[kind][0]!.push(await startOnce(['backend/main.ts'], folders[0], /Headway is ready/));
      times[kind][1]!.push(
        await startOnce(['bench/bare-postgres.ts', folders[1]], folders[1], /ready: alone/),
      );
    }
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
  const about = { cold: 'on an empty folder', warm: 'on a folder it has used' };
  return (['cold', 'warm'] as const).map((kind) => {
    const [ours = [], bare = []] = times[kind];
    return {
      name: `start of the whole program ${about[kind]}, against the database alone`,
      value: median(ours.map((seconds, round) => seconds / bare[round]!)),
      unit: 'ratio',
      limit: null,
      means: 'What migrating, queue, API and pages add to the start of PostgreSQL',
      detail: `seconds: ours ${list(ours)}; the database alone ${list(bare)}`,
    };
  });
}

/** Seconds until it says so; it has ended when this returns. */
async function startOnce(args: string[], dataDir: string, ready: RegExp): Promise<number> {
  const startedAt = performance.now();
  const program = startProgram({ args, env: { DATA_DIR: dataDir, PORT: '0' } });
  await program.printed(ready, START_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  program.kill('SIGTERM');
  await program.ended;
  await endPrograms({ task: {} });
  return seconds;
}
