/**
 * Starting a session of a thousand files, from the request to the whole answer.
 *
 * @module
 */
import { type Figure, list, percentile } from './figure.ts';
import { withWorld } from './world.ts';

const FILES = 1_000;
const ROUNDS = 20;

export function measureThousandFiles(): Promise<Figure[]> {
  return withWorld(async (world) => {
    const { client } = world;
    const files = Array.from({ length: FILES }, (_, at) => ({
      name: `${at}.txt`,
      bytes: `Text number ${at}`,
    }));
    const ids = await world.upload(files);
    const knowledgeId = await client.createKnowledge();
    const milliseconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const startedAt = performance.now();
      const session = await client.start(knowledgeId, ids, 'low');
      milliseconds.push(performance.now() - startedAt);
      await world.cancel(session);
    }
    return [{
      name: `start of a session of ${FILES} files, p99`,
      value: percentile(milliseconds, 0.99),
      unit: 'ms',
      limit: 100,
      means: 'Whoever starts a thousand files has the answer before noticing that there was a wait',
      detail: `p50 ${percentile(milliseconds, 0.5).toFixed(0)}; in turn: ${list(milliseconds)}`,
    }];
  });
}
