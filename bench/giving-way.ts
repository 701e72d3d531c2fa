/**
 * How soon what somebody asks for begins while a long recording of low priority is read.
 *
 * @module
 */
import { makePdf } from '../tests/support/documents.ts';
import { joinRecordings, readReference } from '../tests/support/recordings.ts';
import { type Figure, figureOf } from './figure.ts';
import { isOver } from '../tests/support/installation.ts';
import { until } from '../tests/support/processes.ts';
import { beginningOf, type NamedBytes, withWorld, type World } from './world.ts';

const ROUNDS = 5;
const RECORDING_MINUTES = 30;

export function measureGivingWay(): Promise<Figure[]> {
  return withWorld(async (world) => {
    const { client } = world;
    const knowledgeId = await client.createKnowledge();
    const [long = ''] = await world.upload([{
      name: 'long.wav',
      bytes: await joinRecordings({ minutes: RECORDING_MINUTES }),
    }]);
    const low = await client.start(knowledgeId, [long], 'low');
    await movesOn(world, long);
    const seconds = { document: [] as number[], recording: [] as number[] };
    const [reference] = await readReference();
    const recording = await Deno.readFile(reference?.path ?? '');
    for (let round = 0; round < ROUNDS; round++) {
      const pdf = { name: `asked-${round}.pdf`, bytes: makePdf([`Round ${round}`]) };
      seconds.document.push(await askFor(world, knowledgeId, pdf));
      await movesOn(world, long);
      // A chunk that players pass over makes the bytes other ones.
      const wav = { name: `asked-${round}.wav`, bytes: withOwnEnd(recording, round) };
      seconds.recording.push(await askFor(world, knowledgeId, wav));
      await movesOn(world, long);
    }
    await world.cancel(low);
    const about = (what: string) => `high-priority ${what} begins while a long low one runs`;
    return [
      figureOf({ name: about('document'), unit: 's', limit: 0.5 }, seconds.document),
      figureOf({ name: about('recording'), unit: 's', limit: 2 }, seconds.recording),
    ];
  });
}

/** Seconds from the request to the beginning; waits until the file is done. */
async function askFor(world: World, knowledgeId: string, file: NamedBytes): Promise<number> {
  const [id = ''] = await world.upload([file]);
  const askedAt = Date.now() / 1000;
  const session = await world.client.start(knowledgeId, [id], 'high');
  const begunAt = await beginningOf(world.client, session);
  await world.client.reaches(session, isOver, { ms: 120_000 });
  return begunAt - askedAt;
}

/** Waits for two more segments of the long recording: it is in the middle of the next one. */
async function movesOn({ client }: World, fileId: string): Promise<void> {
  const before = (await client.parts(fileId)).length;
  await until('more segments', async () => (await client.parts(fileId)).length >= before + 2, {
    ms: 120_000,
    everyMs: 100,
  });
}

function withOwnEnd(wav: Uint8Array, round: number): Uint8Array {
  const chunk = new Uint8Array([0x6a, 0x75, 0x6e, 0x6b, 2, 0, 0, 0, round, 0]);
  const bytes = new Uint8Array(wav.length + chunk.length);
  bytes.set(wav);
  bytes.set(chunk, wav.length);
  return bytes;
}
