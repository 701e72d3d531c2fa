/**
 * The clock of the process is set by two hours, forwards or back: an upload expires by the
 * database's time all the same.
 */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { eventually, notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { locationOf, offsetOf, tusOf } from '../../support/tus.ts';

/** Shorter than the step. */
const EXPIRY_HOURS = 1;
const STEP_MS = 2 * 60 * 60 * 1000;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ uploadExpiryHours: EXPIRY_HOURS });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => app.stop());

/** Half of a file is sent. */
async function begin(filename: string): Promise<string> {
  const tus = tusOf(app);
  const at = locationOf(await tus.create(10, { filename }));
  expect((await tus.send(at, 0, '01234')).status).toBe(204);
  return at;
}

test.each([['forwards', STEP_MS], ['back', -STEP_MS]])('%s', async (direction, ms) => {
  const tus = tusOf(app);
  const going = await begin(`going-${direction}.txt`);
  const left = await begin(`left-${direction}.txt`);
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
  const late = await begin(`late-${direction}.txt`);
  await app.sql`update headway.upload set updated_at = updated_at - interval '61 minutes'
    where id = ${left.split('/').at(-1)!}`;
  expect(notProblem(await tus.send(left, 5, '56789'), 'upload_gone')).toBeNull();
  await eventually(
    () => tus.head(left),
    // Upkeep has looked at all of them.
    ({ status }) => status === 404,
  );
  for (const at of [going, late]) {
    expect(offsetOf(await tus.head(at))).toBe(5);
    expect((await tus.send(at, 5, '56789')).status).toBe(204);
  }
});
