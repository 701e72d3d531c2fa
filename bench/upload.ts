/**
 * How fast a large upload arrives, against the bare tus server (its file store, no database, no
 * hash, no sync) in the same run: each in a process of its own, the same client, in turn.
 *
 * @module
 */
import { API_BASE, paths } from '../backend/contract/paths.ts';
import { startProgram } from '../tests/support/processes.ts';
import { type Figure, median } from './figure.ts';
import { withWorld } from './world.ts';

const MB = 1024 * 1024;
const SIZE = 512 * MB;
const ROUNDS = 5;
/** Of the bare server's. */
const LEAST_THROUGHPUT = 0.9;
const BARE = 'bench/bare-tus.ts';

export function measureUpload(): Promise<Figure[]> {
  return withWorld(async (world) => {
    const bare = startProgram({ args: [BARE] });
    const [, bareUrl] = await bare.printed(/ready: (\S+)/);
    const targets = { ours: `${world.url}${API_BASE}${paths.uploads}`, bare: bareUrl! };
    const rates: Record<keyof typeof targets, number[]> = { ours: [], bare: [] };
    // What arrived must not be worked on meanwhile.
    await world.client.ask(paths.queueAction('pause'), { method: 'POST' });
    await upload(targets.ours, 8 * MB);
    await upload(targets.bare, 8 * MB);
    for (let round = 0; round < ROUNDS; round++) {
      // Turns change places, so that neither always finds the disk busy with the other's bytes.
      const turn = round % 2 === 0 ? ['ours', 'bare'] as const : ['bare', 'ours'] as const;
      for (const name of turn) rates[name].push(await upload(targets[name], SIZE));
    }
    bare.kill('SIGTERM');
    const shown = (values: number[]) => values.map((value) => value.toFixed(0)).join(', ');
    return [{
      name: 'time of a large upload against the bare tus server',
      unit: 'ratio',
      value: median(rates.bare) / median(rates.ours),
      limit: 1 / LEAST_THROUGHPUT,
      detail: `${SIZE / MB} MB at ${
        (median(rates.ours) / median(rates.bare)).toFixed(2)
      } of its throughput; ours ${shown(rates.ours)} MB/s, bare ${shown(rates.bare)} MB/s`,
    }];
  });
}

/** Sends so many bytes in one PATCH and ends the upload's file. Megabytes a second. */
async function upload(endpoint: string, size: number): Promise<number> {
  const tus = { 'tus-resumable': '1.0.0' };
  const created = await fetch(endpoint, {
    method: 'POST',
    headers: {
      ...tus,
      'upload-length': `${size}`,
      'upload-metadata': `filename ${btoa('large.bin')}`,
    },
  });
  await created.body?.cancel();
  const address = new URL(created.headers.get('location') ?? '', endpoint);
  const startedAt = performance.now();
  const answer = await fetch(address, {
    method: 'PATCH',
    headers: {
      ...tus,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': `${size}`,
    },
    body: bytes(size),
  });
  await answer.body?.cancel();
  if (answer.headers.get('upload-offset') !== `${size}`) {
    throw new Error(`The upload did not arrive: ${answer.status}`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const file = answer.headers.get('content-location');
  const removed = await fetch(file ? new URL(file, endpoint) : address, {
    method: 'DELETE',
    headers: tus,
  });
  await removed.body?.cancel();
  return size / MB / seconds;
}

function bytes(size: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(MB).map((_, at) => at * 31 % 251);
  let left = size;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(chunk.slice(0, Math.min(left, MB)));
      left -= MB;
      if (left <= 0) controller.close();
    },
  });
}
