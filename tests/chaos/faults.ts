/**
 * What is done to the program. Every fault is over when its function returns.
 *
 * @module
 */
import { join } from 'node:path';
import { processesBelow, signalTo } from '../support/processes.ts';
import { type Random, sleep } from './random.ts';
import type { Stage } from './stage.ts';

/** Does it, and says what it was. */
export type Fault = (stage: Stage, random: Random) => Promise<string>;

const SUPERVISED = /worker\.ts/;
const READER = /processing\/child\.ts/;

/** Null where there is none at this moment. */
function findProcess(stage: Stage, random: Random): { name: string; pid: number } | null {
  const name = random.pick(['program', 'its worker', 'second worker', 'reader', 'reader'] as const);
  const { program, worker } = stage;
  const below = (pattern: RegExp) =>
    [program, worker].flatMap(({ current }) => processesBelow(current.pid, pattern));
  const pids = {
    'program': [program.current.pid],
    'its worker': processesBelow(program.current.pid, SUPERVISED),
    'second worker': [worker.current.pid],
    'reader': below(READER),
  }[name];
  return pids.length === 0 ? null : { name, pid: random.pick(pids) };
}

const kill: Fault = (stage, random) => {
  const found = findProcess(stage, random);
  if (found) signalTo(found.pid, 'SIGKILL');
  return Promise.resolve(`kill ${found?.name ?? 'nothing'}`);
};

const stop: Fault = async (stage, random) => {
  const found = findProcess(stage, random);
  const ms = random.between(1_000, random.below(5) === 0 ? 14_000 : 6_000);
  if (!found) return 'stop nothing';
  signalTo(found.pid, 'SIGSTOP');
  await sleep(ms);
  signalTo(found.pid, 'SIGCONT');
  return `stop ${found.name} for ${Math.round(ms)} ms`;
};

async function whileCut(stage: Stage, work: () => Promise<unknown>): Promise<void> {
  stage.cutSince = performance.now();
  try {
    await work();
  } finally {
    stage.cutSince = null;
  }
}

const silence: Fault = async (stage, random) => {
  // Longer than the five seconds after which requests are answered without the database.
  const ms = random.between(6_000, 10_000);
  const silentMs = random.pick([0, 5_000]);
  stage.way.silence();
  await whileCut(stage, () => sleep(ms));
  stage.way.resume();
  // Until then the database holds what the lost connections have locked.
  await sleep(silentMs);
  stage.way.cutSilent();
  return `silence for ${Math.round(ms)} ms, connections closed after ${silentMs} ms more`;
};

const reset: Fault = (stage) => {
  stage.way.cut();
  return Promise.resolve('reset all connections');
};

const restart: Fault = async (stage) => {
  await whileCut(stage, () => stage.database.restart());
  return 'restart the database';
};

const crash: Fault = async (stage, random) => {
  const what = random.pick(['server', 'connection'] as const);
  if (what === 'server') await whileCut(stage, () => stage.database.kill(what));
  else await stage.database.kill(what);
  return `kill a ${what} of the database`;
};

const fill: Fault = async (stage, random) => {
  const ms = random.between(1_000, 6_000);
  if (stage.unlimited !== null) return `no full disk: ${stage.unlimited}`;
  const filler = join(stage.dataDir, 'filler');
  const block = new Uint8Array(256 * 1024);
  const file = await Deno.create(filler);
  try {
    while (await file.write(block) > 0);
  } catch {
    // It is full.
  }
  file.close();
  await sleep(ms);
  await Deno.remove(filler);
  return `fill the disk for ${Math.round(ms)} ms`;
};

/** Kills are the quickest and the most frequent. */
export const FAULTS: readonly Fault[] = [
  kill,
  kill,
  kill,
  stop,
  stop,
  silence,
  reset,
  restart,
  crash,
  fill,
];

const NO_WORKER_MS = 40_000;

/** Kills every worker as soon as it is there, for longer than one counts without a heartbeat. */
export async function withoutWorkers(stage: Stage): Promise<string> {
  const until = performance.now() + NO_WORKER_MS;
  stage.workersGoneSince = performance.now();
  while (performance.now() < until) {
    for (const pid of processesBelow(stage.program.current.pid, SUPERVISED)) {
      signalTo(pid, 'SIGKILL');
    }
    stage.worker.current.kill('SIGKILL');
    await sleep(100);
  }
  stage.workersGoneSince = null;
  return 'kill all workers for 40 s';
}
