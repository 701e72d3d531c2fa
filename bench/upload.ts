/**
 * How fast a large upload arrives, against the bare tus server (its file store, no database, no
 * hash, no sync) in the same run: each in a process of its own, the same client, in turn. The bare
 * server with a sync is beside it: what is acknowledged here is on the disk, and disks differ.
 *
 * @module
 */
import { once } from 'node:events';
import { request } from 'node:http';
import { API_BASE, paths } from '../backend/contract/paths.ts';
import { type Program, startProgram } from '../tests/support/processes.ts';
import { type Figure, median } from './figure.ts';
import { withWorld } from './world.ts';

const MB = 1024 * 1024;
/** `HEADWAY_BENCH_UPLOAD_MB=64` sends less, on a machine that is busy otherwise. */
const SIZE = Number(Deno.env.get('HEADWAY_BENCH_UPLOAD_MB') ?? 512) * MB;
const ROUNDS = 5;
const CHUNK = new Uint8Array(MB).map((_, at) => at * 31 % 251);
/** Of the bare server's. */
const LEAST_THROUGHPUT = 0.9;
const BARE = 'bench/bare-tus.ts';

type Name = 'ours' | 'bare' | 'syncing';

export function measureUpload(): Promise<Figure[]> {
  return withWorld(async (world) => {
    const bare = await startBare();
    const syncing = await startBare('--sync');
    const addresses: readonly [Name, string][] = [
      ['ours', `${world.url}${API_BASE}${paths.uploads}`],
      ['bare', bare.url],
      ['syncing', syncing.url],
    ];
    const rates: Record<Name, number[]> = { ours: [], bare: [], syncing: [] };
    // What arrived must not be worked on meanwhile.
    await world.client.ask(paths.queueAction('pause'), { method: 'POST' });
    for (const [, address] of addresses) await upload(address, 8 * MB);
    for (let round = 0; round < ROUNDS; round++) {
      // Turns change places, so that none always finds the disk busy with another's bytes.
      const turn = [...addresses.slice(round % 3), ...addresses.slice(0, round % 3)];
      for (const [name, address] of turn) rates[name].push(await upload(address, SIZE));
    }
    bare.program.kill('SIGTERM');
    syncing.program.kill('SIGTERM');
    return [{
      name: 'time of a large upload against the bare tus server',
      unit: 'ratio',
      value: median(rates.ours.map((rate, round) => rates.bare[round]! / rate)),
      limit: 1 / LEAST_THROUGHPUT,
      means: 'Checks, hash and database beside the bytes cost an upload next to nothing',
      detail: describe(rates),
    }];
  });
}

async function startBare(...args: string[]): Promise<{ program: Program; url: string }> {
  const program = startProgram({ args: [BARE, ...args] });
  const [, url] = await program.printed(/ready: (\S+)/);
  return { program, url: url! };
}

/** Rounds are compared one by one: what else the machine does is the same within each. */
function describe({ ours, bare, syncing }: Record<Name, number[]>): string {
  const share = (others: number[]) =>
    median(ours.map((rate, round) => rate / others[round]!)).toFixed(2);
  const shown = (values: number[]) => values.map((value) => value.toFixed(0)).join(', ');
  return `${SIZE / MB} MB at ${share(bare)} of its throughput, ${
    share(syncing)
  } of one that syncs; ` +
    `MB/s: ours ${shown(ours)}; bare ${shown(bare)}; syncing ${shown(syncing)}`;
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
  const answer = await send(address, size);
  if (answer.offset !== size) throw new Error(`The upload did not arrive: ${answer.status}`);
  const seconds = (performance.now() - startedAt) / 1000;
  const removed = await fetch(answer.file ? new URL(answer.file, endpoint) : address, {
    method: 'DELETE',
    headers: tus,
  });
  await removed.body?.cancel();
  return size / MB / seconds;
}

interface Answered {
  readonly status: number;
  readonly offset: number;
  /** Where the file is that it has become. */
  readonly file: string | undefined;
}

/** By the plainest client there is: what is slow must be the server. */
async function send(address: URL, size: number): Promise<Answered> {
  const answered = Promise.withResolvers<Answered>();
  const outgoing = request(address, {
    agent: false,
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': `${size}`,
    },
  }, (response) => {
    const { 'upload-offset': offset, 'content-location': file } = response.headers;
    response.on(
      'end',
      () => answered.resolve({ status: response.statusCode ?? 0, offset: Number(offset), file }),
    ).resume();
  });
  outgoing.on('error', answered.reject);
  for (let left = size; left > 0; left -= MB) {
    const piece = left < MB ? CHUNK.subarray(0, left) : CHUNK;
    if (!outgoing.write(piece)) await Promise.race([once(outgoing, 'drain'), answered.promise]);
  }
  outgoing.end();
  return await answered.promise;
}
