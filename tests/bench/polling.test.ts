import { expect, test } from 'vitest';
import { isKept } from '../../bench/figure.ts';
import { measurePolling } from '../../bench/polling.ts';

test('adaptive polling keeps its limits in the simulation', async () => {
  const figures = await measurePolling(1_000);
  expect(figures.length).toBeGreaterThan(0);
  expect(figures.filter((figure) => !isKept(figure))).toEqual([]);
});

test('the simulation gives the same figures every time', async () => {
  expect(await measurePolling(50)).toEqual(await measurePolling(50));
});
