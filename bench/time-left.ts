/**
 * How far the time left is off, along a mixed run on an installation that has read such files before.
 *
 * @module
 */
import { isOver } from '../tests/support/installation.ts';
import { makePdf } from '../tests/support/documents.ts';
import { joinRecordings } from '../tests/support/recordings.ts';
import { type Figure, median } from './figure.ts';
import { makeMixedFiles } from './mixed-files.ts';
import { type NamedBytes, withWorld, type World } from './world.ts';

const EVERY_MS = 250;
const LONGEST_MS = 600_000;

export function measureTimeLeft(): Promise<Figure[]> {
  return withWorld(async (world) => {
    await follow(world, await makeRun('before', 2));
    const samples = await follow(world, await makeRun('measured', 6));
    const { errors, shown, seconds } = compare(samples);
    return [{
      name: 'time left, off by (median after the first tenth)',
      value: median(errors) * 100,
      unit: '%',
      limit: 20,
      means: 'How far the time left that is shown is from the truth, half of the time',
      detail: `${errors.length} estimates in ${seconds.toFixed(0)} s; ` +
        `shown ${Math.round(shown * 100)} % of that time`,
    }];
  });
}

async function makeRun(seed: string, minutes: number): Promise<NamedBytes[]> {
  const pages = (of: string) => Array.from({ length: 400 }, (_, at) => `${of}, page ${at}`);
  const recording = await joinRecordings({ minutes });
  return [
    ...await makeMixedFiles(`${seed}-a`, 30),
    { name: `${seed}.wav`, bytes: recording },
    { name: `${seed}.pdf`, bytes: makePdf(pages(seed)) },
    ...await makeMixedFiles(`${seed}-b`, 30),
  ];
}

interface Sample {
  readonly at: number;
  readonly left: number | null;
}

/** What was said along the way; the last one is the end. */
async function follow({ client, upload }: World, files: NamedBytes[]): Promise<Sample[]> {
  const ids = await upload(files);
  const session = await client.start(await client.createKnowledge(), ids, 'medium');
  const samples: Sample[] = [];
  while (performance.now() - (samples[0]?.at ?? performance.now()) < LONGEST_MS) {
    const now = await client.status(session);
    samples.push({ at: performance.now(), left: now.eta_seconds });
    if (isOver(now)) return samples;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  throw new Error(`The session did not end: ${session}`);
}

function compare(samples: readonly Sample[]) {
  const [begin, end] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0];
  const later = samples.slice(0, -1).filter(({ at }) => at - begin > (end - begin) / 10);
  const errors = later.flatMap(({ at, left }) => {
    const really = (end - at) / 1000;
    return left === null ? [] : [Math.abs(left - really) / really];
  });
  return { errors, shown: errors.length / later.length, seconds: (end - begin) / 1000 };
}
