/**
 * What a thousand open tabs weigh: tabs that poll, and tabs with a stream each.
 *
 * @module
 */
import { residentBytes } from '../tests/support/processes.ts';
import type { Figure } from './figure.ts';
import { cpuSeconds, openLane, requestOf } from './poll-load.ts';
import {
  bearerOf,
  pause,
  pollAll,
  pollFor,
  type Scene,
  SHARE,
  startPeer,
  statusPath,
} from './poll-scene.ts';

const TABS = 1_000;
const TABS_MS = 8_000 * SHARE;

interface Weight {
  readonly megabytes: number;
  /** Share of a core. */
  readonly cpu: number;
}

export async function measureTabs(scene: Scene): Promise<Figure[]> {
  const authorization = await bearerOf('user-40');
  const request = requestOf(scene.url, statusPath(scene.ids[40]!), { authorization });
  const ours = await weigh(scene.pid, async () => {
    const lanes = await Promise.all(Array.from({ length: TABS }, () => openLane(scene.url)));
    await pollAll(lanes, Array(TABS).fill(request));
    return {
      run: () => pollFor(lanes, Array(TABS).fill(request), TABS_MS),
      close: () => lanes.forEach((lane) => lane.close()),
    };
  });
  const peer = await startPeer('sse', scene.databaseUrl);
  const old = await weigh(peer.program.pid, () => openStreams(peer.url, scene.ids[40]!));
  peer.program.kill('SIGTERM');
  const detail = `${TABS} tabs: ${shown(ours)} by polls, ${shown(old)} by streams`;
  return [{
    name: 'time of the core for tabs that poll, against a stream for each',
    value: ours.cpu / old.cpu,
    unit: 'ratio',
    limit: 1,
    means: 'Tabs that ask every second take less than tabs that are told every second',
    detail,
  }, {
    name: 'memory for a thousand tabs that poll',
    value: ours.megabytes,
    unit: 'MB',
    limit: null,
    means: 'What a thousand open tabs take in the memory of the server',
    detail,
  }];
}

const shown = ({ megabytes, cpu }: Weight) =>
  `${megabytes.toFixed(1)} MB and ${(100 * cpu).toFixed(1)} % of a core`;

async function weigh(
  pid: number,
  open: () => Promise<{ run(): Promise<unknown>; close(): void }>,
): Promise<Weight> {
  const before = residentBytes(pid);
  const tabs = await open();
  const [cpu, startedAt] = [cpuSeconds(pid), performance.now()];
  await tabs.run();
  const used = (cpuSeconds(pid) - cpu) / ((performance.now() - startedAt) / 1_000);
  const megabytes = Math.max(0, residentBytes(pid) - before) / 1e6;
  tabs.close();
  return { megabytes, cpu: used };
}

async function openStreams(url: string, id: string) {
  const { hostname, port } = new URL(url);
  const request = requestOf(url, `/events/${id}`, {});
  const connections = await Promise.all(Array.from({ length: TABS }, async () => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(request);
    return connection;
  }));
  const reading = connections.map(async (connection) => {
    const buffer = new Uint8Array(4_096);
    while (await connection.read(buffer).catch(() => null) !== null);
  });
  return {
    run: () => pause(TABS_MS),
    close() {
      for (const connection of connections) connection.close();
      void Promise.all(reading);
    },
  };
}
