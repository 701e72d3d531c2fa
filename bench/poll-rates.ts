/**
 * How many polls a second, in turn with the peers.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { API_BASE, paths } from '../backend/contract/paths.ts';
import { type Figure, median } from './figure.ts';
import { measureRate, type Rate } from './poll-load.ts';
import { bearerOf, type Scene, SHARE, startPeer, statusPath } from './poll-scene.ts';

const CONNECTIONS = 64;
/** Many short rounds: what else the machine does in one of them is no part of the median. */
const ROUNDS = Math.max(2, Math.round(21 * SHARE));
const ROUND_MS = 500;
/** As long as it takes until the runtime has compiled what is asked again and again. */
const WARM_ROUNDS = 3;

type Peer = 'bare' | 'routed' | 'usual';
type Lane = 'ours' | Peer;
type Runs = Partial<Record<Lane, Rate[]>>;

interface Asked {
  readonly scene: Scene;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export async function measureRates(scene: Scene): Promise<Figure[]> {
  const authorization = await bearerOf('user-0');
  const path = statusPath(scene.ids[0]!);
  const first = await fetch(scene.url + path, { headers: { authorization } });
  const etag = first.headers.get('etag') ?? '';
  await first.body?.cancel();
  await scene.db.orm.execute(sql`update headway.session set user_id = 'user-0'
    where id = any(${sql.param(scene.ids.slice(0, 20))}::text[])`);
  const single = { scene, path, headers: { authorization } };
  const unchanged = { ...single, headers: { authorization, 'if-none-match': etag } };
  const batch = { ...single, path: `${API_BASE}${paths.batchStatus(scene.ids.slice(0, 20))}` };
  return [
    againstBare('a status poll', await runsOf(single, ['bare']), 0.8),
    againstBare('a status poll that is answered 304', await runsOf(unchanged, ['bare']), 0.8),
    againstBare('a poll of 20 sessions', await runsOf(batch, ['bare']), 0.6),
    ...againstOthers(await runsOf(single, ['routed', 'usual'])),
  ];
}

/** Rounds take turns, each in another order, so that whatever else the machine does falls on all. */
async function runsOf(asked: Asked, peers: readonly Peer[]): Promise<Runs> {
  const lanes: Partial<Record<Lane, Runner>> = { ours: runnerOf(asked, asked.scene) };
  for (const peer of peers) lanes[peer] = await startLane(asked, peer);
  const turns = Object.entries(lanes) as [Lane, Runner][];
  const runs: Runs = Object.fromEntries(turns.map(([lane]) => [lane, []]));
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    for (const [lane, { run }] of turns) {
      const rate = await run();
      if (round >= 0) runs[lane]!.push(rate);
    }
    turns.reverse();
  }
  for (const { stop } of Object.values(lanes)) stop();
  return runs;
}

interface Runner {
  readonly run: () => Promise<Rate>;
  readonly stop: () => void;
}

async function startLane(asked: Asked, peer: Peer): Promise<Runner> {
  if (peer === 'routed') {
    // A preference, even for no waiting at all, is the router's to read.
    return runnerOf({ ...asked, headers: { ...asked.headers, prefer: 'wait=0' } }, asked.scene);
  }
  const source = peer === 'bare' ? await saveAnswer(asked) : asked.scene.databaseUrl;
  const { url, program } = await startPeer(peer, source);
  return runnerOf(asked, { url, pid: program.pid }, () => program.kill('SIGTERM'));
}

const runnerOf = (
  { path, headers }: Asked,
  { url, pid }: Pick<Scene, 'url' | 'pid'>,
  stop: () => void = () => {},
): Runner => ({
  run: () => measureRate({ url, pid, path, headers, connections: CONNECTIONS, ms: ROUND_MS }),
  stop,
});

const ratioOf = ({ ours = [], ...others }: Runs, peer: Exclude<Lane, 'ours'>): number =>
  median(ours.map(({ perSecond }, at) => perSecond / others[peer]![at]!.perSecond));

function againstBare(what: string, runs: Runs, least: number): Figure {
  return {
    name: `${what} against a bare server`,
    value: ratioOf(runs, 'bare'),
    unit: 'ratio',
    limit: least,
    bound: 'least',
    means: 'Whoever polls costs hardly more than the sending of the same bytes and headers',
    detail: describeAll(runs),
  };
}

function againstOthers(runs: Runs): Figure[] {
  const figure = (name: string, peer: Peer, means: string): Figure => ({
    name: `a status poll, against ${name}`,
    value: ratioOf(runs, peer),
    unit: 'ratio',
    limit: 1,
    bound: 'least',
    means,
    detail: describeAll(runs),
  });
  return [
    figure('the same through the router', 'routed', 'What is saved where an answer is ready'),
    figure('a query for each', 'usual', 'How many times as many people one machine can serve'),
  ];
}

const describeAll = (runs: Runs): string =>
  Object.entries(runs).map(([name, some]) => `${name}: ${describe(some)}`).join('; ');

function describe(rates: readonly Rate[]): string {
  const of = (key: keyof Rate) => median(rates.map((rate) => rate[key]));
  return `${Math.round(of('perSecond'))}/s, ${of('serverMicros').toFixed(1)} µs of a core each, ` +
    `generator ${Math.round(100 * of('generator'))} %`;
}

/** The answer as it comes from the hot path, for the bare server to repeat. */
async function saveAnswer({ scene: { url, folder }, path, headers }: Asked): Promise<string> {
  await (await fetch(url + path, { headers })).body?.cancel();
  const answer = await fetch(url + path, { headers });
  const sent = [...answer.headers].filter(([name]) => !['date', 'content-length'].includes(name));
  const body = answer.status === 304 ? null : await answer.text();
  const file = `${folder}/${crypto.randomUUID()}.json`;
  const saved = { status: answer.status, headers: Object.fromEntries(sent), body };
  await Deno.writeTextFile(file, JSON.stringify(saved));
  return file;
}
