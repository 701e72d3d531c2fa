/**
 * From the kill of a worker to its job going on in another.
 *
 * @module
 */
import { processesBelow, signalTo, until } from '../tests/support/processes.ts';
import { joinRecordings } from '../tests/support/recordings.ts';
import { type Figure, figureOf } from './figure.ts';
import { withWorld, type World } from './world.ts';

const ROUNDS = 3;
const WORKER = /backend\/worker\.ts/;

export function measureKilledWorker(): Promise<Figure[]> {
  return withWorld(async (world) => {
    const seconds: number[] = [];
    const recording = await joinRecordings({ minutes: 10 });
    for (let round = 0; round < ROUNDS; round++) {
      seconds.push(await killOnce(world, recording));
    }
    const about = {
      name: 'worker killed: its job goes on elsewhere',
      unit: 's',
      limit: 15,
      means: 'A machine that dies costs its files this much time, and no work but the last step',
    } as const;
    return [figureOf(about, seconds)];
  });
}

/** The program's own worker takes the job; the other one, started after that, takes it over. */
async function killOnce(world: World, recording: Uint8Array): Promise<number> {
  const { client, program } = world;
  const [file = ''] = await world.upload([{ name: 'killed.wav', bytes: recording }]);
  const session = await client.start(await client.createKnowledge(), [file], 'high');
  const partsReach = (count: number) =>
    until(`${count} segments`, async () => (await client.parts(file)).length >= count, {
      ms: 120_000,
      everyMs: 50,
    });
  await partsReach(1);
  const other = await world.addWorker();
  const before = (await client.parts(file)).length;
  const [own = 0] = processesBelow(program.pid, WORKER);
  const attempt = async () => (await client.status(session)).files?.[0]?.attempt ?? 0;
  const first = await attempt();
  signalTo(own, 'SIGKILL');
  const killedAt = performance.now();
  await until('another attempt', async () => (await attempt()) > first, { everyMs: 50 });
  const seconds = (performance.now() - killedAt) / 1000;
  // It really goes on.
  await partsReach(before + 1);
  await world.cancel(session);
  other.kill('SIGTERM');
  await other.ended;
  return seconds;
}
