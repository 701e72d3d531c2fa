/**
 * Starting a session of a thousand files, from the request to the whole answer.
 *
 * @module
 */
import { type Figure, list, median, percentile } from './figure.ts';
import { withWorld, type World } from './world.ts';

const FILES = 1_000;
/** So many that the 99th of 100 is not the worst of all. */
const ROUNDS = 100;
/** Until every connection of the pool was used: a server at work has done that long ago. */
const WARM_ROUNDS = 5;
/** Sessions of one knowledge base, all within the hour for which `meta` keeps what has ended. */
const IN_A_ROW = 60;

export function measureThousandFiles(): Promise<Figure[]> {
  return withWorld(async (world) => {
    const files = Array.from({ length: FILES }, (_, at) => ({
      name: `${at}.txt`,
      bytes: `Text number ${at}`,
    }));
    const ids = await world.upload(files);
    const fresh: number[] = [];
    for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
      const took = await startOnce(world, await world.client.createKnowledge(), ids);
      if (round >= 0) fresh.push(took);
    }
    const busy = await world.client.createKnowledge();
    const again: number[] = [];
    for (let round = 0; round < IN_A_ROW; round++) again.push(await startOnce(world, busy, ids));
    return [describeFresh(fresh), describeBusy(again)];
  });
}

/** Milliseconds. What was started is cancelled again. */
async function startOnce(
  { client, cancel }: World,
  knowledgeId: string,
  ids: readonly string[],
): Promise<number> {
  const startedAt = performance.now();
  const session = await client.start(knowledgeId, ids, 'low');
  const took = performance.now() - startedAt;
  await cancel(session);
  return took;
}

function describeFresh(milliseconds: readonly number[]): Figure {
  return {
    name: `start of a session of ${FILES} files, p99`,
    value: percentile(milliseconds, 0.99),
    unit: 'ms',
    limit: 100,
    means: 'Whoever starts a thousand files has the answer before noticing that there was a wait',
    detail: `of ${ROUNDS} starts, each in a knowledge base of its own: ` +
      `p50 ${median(milliseconds).toFixed(0)}, p90 ${percentile(milliseconds, 0.9).toFixed(0)}, ` +
      `longest ${Math.max(...milliseconds).toFixed(0)}`,
  };
}

function describeBusy(milliseconds: readonly number[]): Figure {
  return {
    name: `the same in one knowledge base ${IN_A_ROW} times in a row, median of the last ten`,
    value: median(milliseconds.slice(-10)),
    unit: 'ms',
    limit: null,
    means: 'Sessions that ended within the hour stay in `meta`, and each write of it costs more',
    detail: `in turn: ${list(milliseconds)}`,
  };
}
