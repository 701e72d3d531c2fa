/**
 * How soon what somebody asks for begins while a long recording of low priority is read.
 *
 * @module
 */
import { paths } from '#contract/paths.ts';
import { makePdf } from '../tests/support/documents.ts';
import { joinRecordings } from '../tests/support/recordings.ts';
import { type Figure, figureOf } from './figure.ts';
import { isOver } from '../tests/support/installation.ts';
import { until } from '../tests/support/processes.ts';
import { beginningOf, type NamedBytes, withWorld, type World } from './world.ts';

const ROUNDS = 5;
const RECORDING_MINUTES = 30;
const PAGES = 12_000;

export async function measureGivingWay(): Promise<Figure[]> {
  const recording = {
    name: 'long.wav',
    bytes: await joinRecordings({ minutes: RECORDING_MINUTES }),
  };
  const pages = Array.from({ length: PAGES }, (_, page) => `Page ${page} `.repeat(60));
  return [
    await measure('recording', 2, recording),
    await measure('document', 0.5, { name: 'long.pdf', bytes: makePdf(pages) }),
  ];
}

/** How soon a small document begins while `long` of low priority is read. */
function measure(what: string, limit: number, long: NamedBytes): Promise<Figure> {
  return withWorld(async (world) => {
    const { client } = world;
    const knowledgeId = await client.createKnowledge();
    const [longId = ''] = await world.upload([long]);
    const low = await client.start(knowledgeId, [longId], 'low');
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await movesOn(world, longId);
      const pdf = { name: `asked-${round}.pdf`, bytes: makePdf([`Round ${round}`]) };
      seconds.push(await askFor(world, knowledgeId, pdf));
    }
    await world.cancel(low);
    const name = `a long low-priority ${what} gives way to a high-priority document`;
    const means = 'How long somebody who needs one file now waits for work that can wait';
    return figureOf({ name, unit: 's', limit, means }, seconds);
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

/** Waits until more was read of the long file: it is in the middle of it. */
async function movesOn({ client }: World, fileId: string): Promise<void> {
  const read = async () =>
    (await client.ask<{ total: number }>(`${paths.fileParts(fileId)}?limit=1`)).total;
  const before = await read();
  await until('more of it', async () => await read() >= before + 2, { ms: 120_000, everyMs: 100 });
}
