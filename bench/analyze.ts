/**
 * Submitting an analysis, from the request to the whole answer, while others are being polled.
 *
 * @module
 */
import { API_BASE, paths } from '../backend/contract/paths.ts';
import { startAnalysisService } from '../tests/support/analysis-service.ts';
import { until } from '../tests/support/processes.ts';
import { type Figure, percentile } from './figure.ts';
import { withWorld } from './world.ts';

const POLLED = 50;
const SUBMITS = 300;
const LIMIT_MS = 100;

/** What is submitted while it is measured is polled as well: the load only grows. */
export async function measureAnalyze(): Promise<Figure[]> {
  const service = startAnalysisService({ workMs: 3_600_000, retryAfter: '1' });
  const env = { ANALYSIS_ENDPOINT: service.url, ANALYSIS_KEY: 'a key for the bench' };
  try {
    return await withWorld(async ({ client }) => {
      const submit = async () => {
        const answer = await client.send(paths.analyze('prebuilt-layout').replace('%3A', ':'), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ inputs: [{ url: 'https://files.example/a.pdf' }] }),
        });
        await answer.text();
        if (answer.status !== 202) throw new Error(`POST ${API_BASE}: ${answer.status}`);
      };
      await Promise.all(Array.from({ length: POLLED }, submit));
      await until('all to be polled', () => {
        const operations = [...service.operations.values()];
        return operations.length === POLLED && operations.every(({ polls }) => polls > 0);
      });
      const milliseconds: number[] = [];
      const pollsBefore = service.polledAt.length;
      for (let at = 0; at < SUBMITS; at++) {
        const startedAt = performance.now();
        await submit();
        milliseconds.push(performance.now() - startedAt);
      }
      return [figureOf(milliseconds, service.polledAt.length - pollsBefore)];
    }, env);
  } finally {
    await service.close();
  }
}

function figureOf(milliseconds: readonly number[], polls: number): Figure {
  const at = (share: number) => percentile(milliseconds, share);
  return {
    name: `submitting an analysis, p99, with ${POLLED} and more being polled`,
    value: at(0.99),
    unit: 'ms',
    limit: LIMIT_MS,
    means: 'Asking a slow service for an analysis keeps nobody waiting, however long it takes',
    detail: `p50 ${at(0.5).toFixed(1)}, worst ${
      at(1).toFixed(1)
    } of ${SUBMITS}; ${polls} polls meanwhile`,
  };
}
