/**
 * Status polls of the real program with tokens: how many a second against a bare `Deno.serve` that
 * sends the same, what they cost the database, how soon they tell, and what tabs weigh.
 *
 * @module
 */
import { SignJWT } from 'jose';
import { API_BASE, paths } from '../backend/contract/paths.ts';
import { connect, type Database } from '../backend/database/connection.ts';
import { startEmbeddedPostgres } from '../backend/database/embedded.ts';
import { createReporter } from '../backend/progress/reporting.ts';
import { sql } from 'drizzle-orm';
import { type Program, residentBytes, startProgram } from '../tests/support/processes.ts';
import { type Figure, median, percentile } from './figure.ts';
import { cpuSeconds, type Lane, measureRate, openLane, type Rate, requestOf } from './poll-load.ts';
import { withWorld } from './world.ts';

const SECRET = 'the secret of the bench';
/** `HEADWAY_BENCH_POLLS=0.2` measures for a fifth of the time, to see that it works. */
const SHARE = Number(Deno.env.get('HEADWAY_BENCH_POLLS') ?? 1);
const SESSIONS = 1_000;
const CONNECTIONS = 64;
const ROUNDS = Math.max(2, Math.round(7 * SHARE));
const ROUND_MS = 1_500 * SHARE;
const POLLERS = 10_000;
const LANES = 250;
const COUNT_MS = 12_000 * SHARE;
const TABS = 1_000;
const TABS_MS = 8_000 * SHARE;
const FRESH_WRITES = 200 * SHARE;

interface Scene {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly url: string;
  readonly pid: number;
  readonly ids: readonly string[];
  readonly folder: string;
}

export async function measurePolls(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: 'headway-polls-' });
  await Deno.chmod(folder, 0o755);
  const database = await startEmbeddedPostgres({ dataDir: `${folder}/database` });
  const db = connect(database.url, { max: 4, name: 'bench' });
  const settings = {
    DATABASE_URL: database.url,
    AUTH_SECRET: SECRET,
    POLLS_PER_MINUTE: '1000000000',
    // As it is where there is no load: the same bytes in every round.
    POLL_SLOWDOWN: '1',
  };
  try {
    return await withWorld(async ({ url, program }) => {
      const ids = await fill(db);
      const scene = { db, databaseUrl: database.url, url, pid: program.pid, ids, folder };
      return [
        ...await measureRates(scene),
        await measureQueries(scene),
        await measureFreshness(scene),
        ...await measureTabs(scene),
      ];
    }, settings);
  } finally {
    await db.close();
    await database.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** As many people as sessions, one session each. */
async function fill({ orm }: Database): Promise<string[]> {
  await orm.execute(sql`insert into "user" (id, name, email, role, created_at)
    select 'user-' || n, 'User ' || n, n || '@example', 'user', 1
    from generate_series(0, ${SESSIONS - 1}::int) n`);
  const rows = await orm.execute<{ id: string }>(sql`
    insert into headway.session (id, user_id, kind, status, total_files, progress, phase, message,
      current_file, started_at, eta_seconds)
    select gen_random_uuid(), 'user-' || n, 'app', 'processing', 1, 42.5, 'extract',
      'a report.pdf: page 17 of 40', 'a report.pdf', now(), 30
    from generate_series(0, ${SESSIONS - 1}::int) n returning id`);
  return rows.map(({ id }) => id);
}

async function bearerOf(user: string): Promise<string> {
  const token = new SignJWT({ id: user, jti: crypto.randomUUID() });
  const key = new TextEncoder().encode(SECRET);
  return `Bearer ${await token.setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime(
    '1h',
  ).sign(key)}`;
}

const statusPath = (id: string) => `${API_BASE}${paths.sessionStatus(id)}`;

interface Peer {
  readonly url: string;
  readonly program: Program;
}

async function startPeer(...args: string[]): Promise<Peer> {
  const program = startProgram({ args: ['bench/poll-peers.ts', ...args] });
  const [, url = ''] = await program.printed(/ready: (\S+)/);
  return { url, program };
}

async function measureRates(scene: Scene): Promise<Figure[]> {
  const authorization = await bearerOf('user-0');
  const single = statusPath(scene.ids[0]!);
  const etag = (await fetch(scene.url + single, { headers: { authorization } })).headers.get(
    'etag',
  );
  await scene.db.orm.execute(sql`update headway.session set user_id = 'user-0'
    where id = any(${sql.param(scene.ids.slice(0, 20))}::text[])`);
  const batch = `${API_BASE}${paths.batchStatus(scene.ids.slice(0, 20))}`;
  const usual = await startPeer('usual', scene.databaseUrl);
  const figures = [
    await measureRateOf(scene, 'a status poll', single, { authorization }, 0.8, usual),
    await measureRateOf(
      scene,
      'a status poll that is answered 304',
      single,
      { authorization, 'if-none-match': etag ?? '' },
      0.8,
    ),
    await measureRateOf(scene, 'a poll of 20 sessions', batch, { authorization }, 0.6),
  ];
  usual.program.kill('SIGTERM');
  return figures;
}

/** Rounds take turns, so that whatever else the machine does falls on all of them. */
async function measureRateOf(
  scene: Scene,
  what: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  least: number,
  usual?: Peer,
): Promise<Figure> {
  const bare = await startPeer('bare', await saveAnswer(scene, path, headers));
  const rates: Record<'ours' | 'bare' | 'usual', Rate[]> = { ours: [], bare: [], usual: [] };
  const measure = (url: string, pid: number) =>
    measureRate({ url, path, headers, pid, connections: CONNECTIONS, ms: ROUND_MS });
  for (let round = -1; round < ROUNDS; round++) {
    const ours = await measure(scene.url, scene.pid);
    const other = await measure(bare.url, bare.program.pid);
    const query = usual && await measure(usual.url, usual.program.pid);
    // The first is for warming up.
    if (round < 0) continue;
    rates.ours.push(ours);
    rates.bare.push(other);
    if (query) rates.usual.push(query);
  }
  bare.program.kill('SIGTERM');
  return {
    name: `${what} against a bare server`,
    value: median(rates.ours.map(({ perSecond }, at) => perSecond / rates.bare[at]!.perSecond)),
    unit: 'ratio',
    limit: least,
    bound: 'least',
    means: 'Whoever polls costs hardly more than the sending of the same bytes and headers',
    detail: Object.entries(rates).filter(([, some]) => some.length > 0)
      .map(([name, some]) => `${name}: ${describe(some)}`).join('; '),
  };
}

function describe(rates: readonly Rate[]): string {
  const of = (key: keyof Rate) => median(rates.map((rate) => rate[key]));
  return `${Math.round(of('perSecond'))}/s, ${of('serverMicros').toFixed(1)} µs of a core each, ` +
    `generator ${Math.round(100 * of('generator'))} %`;
}

/** The answer as it comes from the hot path, for the bare server to repeat. */
async function saveAnswer(
  { url, folder }: Scene,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  await (await fetch(url + path, { headers })).body?.cancel();
  const answer = await fetch(url + path, { headers });
  const sent = [...answer.headers].filter(([name]) => !['date', 'content-length'].includes(name));
  const body = answer.status === 304 ? null : await answer.text();
  const file = `${folder}/${crypto.randomUUID()}.json`;
  const saved = { status: answer.status, headers: Object.fromEntries(sent), body };
  await Deno.writeTextFile(file, JSON.stringify(saved));
  return file;
}

/** Statements of everything on the database, the program's own upkeep and worker included. */
async function statements({ db }: Scene): Promise<number> {
  const [row] = await db.orm.execute<{ n: number }>(sql`select xact_commit::float8 as n
    from pg_stat_database where datname = current_database()`);
  return row?.n ?? 0;
}

async function measureQueries(scene: Scene): Promise<Figure> {
  const requests = await Promise.all(
    Array.from(
      { length: POLLERS },
      async (_, n) =>
        requestOf(scene.url, statusPath(scene.ids[n % SESSIONS]!), {
          authorization: await bearerOf(`user-${n % SESSIONS < 20 ? 0 : n % SESSIONS}`),
        }),
    ),
  );
  const one = await statementsWith(scene, requests.slice(0, 1), 1);
  const many = await statementsWith(scene, requests, LANES);
  return {
    name: `statements a second with ${POLLERS.toLocaleString('en')} pollers more than with one`,
    value: Math.max(0, many.perSecond - one.perSecond),
    unit: '/s',
    limit: 1,
    means: 'The database does not notice how many tabs are open',
    detail: `${one.perSecond.toFixed(2)}/s with one poller, ${many.perSecond.toFixed(2)}/s with ` +
      `${POLLERS} of ${SESSIONS} sessions, ${Math.round(many.polls)} polls a second over ` +
      `${LANES} connections; every transaction of the database is counted`,
  };
}

/** Each poller asks once a second, as far as the machine can; they share connections. */
async function statementsWith(scene: Scene, requests: readonly Uint8Array[], lanes: number) {
  const open = await Promise.all(Array.from({ length: lanes }, () => openLane(scene.url)));
  await pollAll(open, requests);
  // What the first questions caused has been written down by then.
  await pollFor(open, requests, 3_000);
  const [before, startedAt] = [await statements(scene), performance.now()];
  const polls = await pollFor(open, requests, COUNT_MS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const perSecond = (await statements(scene) - before) / seconds;
  for (const lane of open) lane.close();
  return { perSecond, polls: polls / seconds };
}

async function pollAll(lanes: readonly Lane[], requests: readonly Uint8Array[]): Promise<void> {
  await Promise.all(lanes.map(async (lane, at) => {
    for (let n = at; n < requests.length; n += lanes.length) await lane.ask(requests[n]!);
  }));
}

async function pollFor(
  lanes: readonly Lane[],
  requests: readonly Uint8Array[],
  ms: number,
): Promise<number> {
  const until = performance.now() + ms;
  let polls = 0;
  while (performance.now() < until) {
    const nextAt = performance.now() + 1_000;
    await pollAll(lanes, requests);
    polls += requests.length;
    await pause(nextAt - performance.now());
  }
  return polls;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** From the end of the transaction that this process wrote to the answer that tells of it. */
async function measureFreshness({ db, url, ids }: Scene): Promise<Figure> {
  const reporter = createReporter(db);
  const sessionId = ids[30]!;
  const headers = { authorization: await bearerOf('user-30') };
  const milliseconds: number[] = [];
  for (let write = 1; write <= FRESH_WRITES; write++) {
    const progress = 43 + write / 10;
    await reporter.updateProgress({ sessionId }, { progress });
    const writtenAt = performance.now();
    while (
      (await (await fetch(url + statusPath(sessionId), { headers })).json()).progress < progress
    );
    milliseconds.push(performance.now() - writtenAt);
  }
  return {
    name: 'a change by another process is told by a poll, 99 of 100',
    value: percentile(milliseconds, 0.99),
    unit: 'ms',
    limit: 300,
    means: 'Whoever looks sees what happened a moment ago, whichever process it happened in',
    detail: `of ${FRESH_WRITES} writes; median ${median(milliseconds).toFixed(1)} ms, ` +
      `longest ${Math.max(...milliseconds).toFixed(1)} ms`,
  };
}

interface Weight {
  readonly megabytes: number;
  /** Share of a core. */
  readonly cpu: number;
}

async function measureTabs(scene: Scene): Promise<Figure[]> {
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
