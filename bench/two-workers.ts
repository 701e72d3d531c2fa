/**
 * Two workers against one on small mixed files, and the time left on the way.
 *
 * @module
 */
import { isOver } from '../tests/support/installation.ts';
import type { Figure } from './figure.ts';
import { makeMixedFiles } from './mixed-files.ts';
import { withWorld, type World } from './world.ts';

const FILES = 200;

export function measureTwoWorkers(): Promise<Figure[]> {
  return withWorld(async (world) => {
    // Both workers have read something before: starting a reader is not what is measured.
    await run(world, 'warm', 20);
    const one = await run(world, 'one', FILES);
    await world.addWorker();
    await run(world, 'warm-two', 20);
    const two = await run(world, 'two', FILES);
    return [{
      name: `two workers against one, ${FILES} small mixed files`,
      value: two.seconds / one.seconds,
      unit: 'ratio',
      limit: 0.8,
      means: 'A second worker on the same two cores takes this share of the time of one',
      detail: `${two.seconds.toFixed(1)} s / ${one.seconds.toFixed(1)} s; ` +
        `attempts beyond the first: ${one.again} and ${two.again}`,
    }];
  });
}

interface Run {
  readonly seconds: number;
  /** Attempts beyond one a file. */
  readonly again: number;
}

async function run({ client, upload }: World, seed: string, count: number): Promise<Run> {
  const ids = await upload(await makeMixedFiles(seed, count));
  const session = await client.start(await client.createKnowledge(), ids, 'medium');
  const done = await client.reaches(session, isOver, { ms: 600_000, everyMs: 200 });
  if (done.status !== 'completed') throw new Error(`It did not complete: ${done.error}`);
  const attempts = (done.files ?? []).reduce((sum, file) => sum + file.attempt, 0);
  const { started_at: started, finished_at: finished } = done;
  return { seconds: (finished ?? NaN) - (started ?? NaN), again: attempts - count };
}
