/**
 * Uploads whose sender falls silent.
 */
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  eventually,
  notProblem,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';
import { locationOf, offsetOf, tusOf } from '../../support/tus.ts';

let app: TestApp;
afterEach(() => app.stop());

/** A body of which `text` comes, and then nothing more. */
function silentAfter(text: string): ReadableStream {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return new Promise(() => {});
      sent = true;
      controller.enqueue(new TextEncoder().encode(text));
    },
  }, { highWaterMark: 0 });
}

async function stall(size = 1_000): Promise<{ at: string; ended: Promise<Answer> }> {
  const tus = tusOf(app);
  const at = locationOf(await tus.create(size, { filename: 'a.bin' }));
  const ended = tus.send(at, 0, silentAfter('x'.repeat(100)));
  const path = `${app.dataDir}/uploads/partial/${at.split('/').at(-1)}`;
  await eventually(async () => (await Deno.stat(path)).size, (bytes) => bytes === 100);
  return { at, ended };
}

const multipart = (text: string) =>
  app.ask('POST', '/files/', {
    body: silentAfter(text),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });

describe('a request from which no byte comes', () => {
  test('tus: it ends, and what arrived is kept and gone on with', async () => {
    app = await startTestApp({ uploadIdleSeconds: 0.3 });
    const { at, ended } = await stall();
    expect(notProblem(await ended, 'upload_stalled')).toBeNull();
    expect(offsetOf(await tusOf(app).head(at))).toBe(100);
    expect((await tusOf(app).send(at, 100, 'y'.repeat(900))).status).toBe(204);
  });

  test.each([
    ['before its file', '--x\r\nContent-Disposition: form-da'],
    ['in its file', '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'],
  ])('multipart, %s: it ends and leaves nothing', async (_where, text) => {
    app = await startTestApp({ uploadIdleSeconds: 0.3 });
    expect(notProblem(await multipart(text), 'upload_stalled')).toBeNull();
    expect(await app.stored()).toEqual([]);
  });
});

test('the newest upload takes the place of a silent one', async () => {
  app = await startTestApp({ limits: { concurrentUploads: 2 }, uploadIdleSeconds: 3_600 });
  const first = await stall();
  const second = await stall();
  const sent = await eventually(
    () => app.send('new.txt', 'new', {}, { process: false }),
    ({ status }) => status === 200,
  );
  expect(sent.body.filename).toBe('new.txt');
  expect(notProblem(await first.ended, 'upload_stalled')).toBeNull();
  expect(offsetOf(await tusOf(app).head(first.at))).toBe(100);
  await eventually(
    () => app.send('more.txt', 'x'.repeat(10), {}, { process: false }),
    ({ status }) => status === 200,
  );
  // Nothing else waits for its place: the second ends with its file.
  await app.delete(second.at.replace('/api/v1', ''), { headers: { 'tus-resumable': '1.0.0' } });
  await second.ended;
});
