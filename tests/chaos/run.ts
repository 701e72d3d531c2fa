/**
 * A run: files are sent, faults happen, and in the end everything must be there.
 *
 * @module
 */
import { HOST_FILES } from '../support/host-tables.ts';
import { isAlive, processesBelow, until } from '../support/processes.ts';
import { FAULTS, withoutWorkers } from './faults.ts';
import { KINDS } from './files.ts';
import { randomFrom, sleep } from './random.ts';
import { KNOWLEDGE, send, type Sent, writeStaleRows } from './sender.ts';
import { openStage, type Stage } from './stage.ts';
import { expectedText, readUndisturbed, type Texts } from './texts.ts';
import { watch } from './watch.ts';

export interface ChaosOptions {
  readonly faults: number;
  /** Of everything that is random. */
  readonly seed: number;
  readonly log: (line: string) => void;
  /** Longest pause between two faults. @default 3_000 */
  readonly pauseMs?: number;
  /** No further fault once it is aborted; what was done is still checked and removed. */
  readonly signal?: AbortSignal;
}

export interface ChaosReport {
  /** Everything that was not as it must be. */
  readonly problems: readonly string[];
  /** What the programs printed. */
  readonly output: string;
  readonly files: number;
  readonly looks: number;
}

/** In a run of so many faults, each as many is one without workers, which takes long. */
const WITHOUT_WORKERS_EVERY = 45;
/** Mean time between two files. */
const SEND_MS = 1_500;
/**
 * Files on their way at once. A client that gives up waiting for an answer sends its file again, and
 * without a limit a slow machine would be given more and more to do.
 */
const MOST_SENDING = 6;
const SETTLE_MS = 120_000;
const READY_MS = 20_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, log } = options;
  const stage = await openStage();
  const problems: string[] = [];
  let output = '';
  let looks = 0;
  let files = 0;
  try {
    const texts = await readUndisturbed(stage);
    const before = await readHost(stage);
    const watching = watch(stage, texts);
    const [sending, writing] = [new AbortController(), new AbortController()];
    const deadline = new AbortController();
    const sent: Promise<Sent>[] = [];
    const sender = sendAll(stage, sent, seed, sending.signal, deadline.signal);
    const writer = writeStaleRows(stage, seed + 2, writing.signal);
    await doFaults(stage, options);
    log('all faults are over');
    sending.abort();
    writing.abort();
    const timer = setTimeout(() => deadline.abort(), SETTLE_MS);
    await Promise.all([sender, writer]);
    const results = await Promise.allSettled(sent);
    clearTimeout(timer);
    const arrived = results.flatMap((result) => {
      if (result.status === 'fulfilled') return [result.value];
      problems.push(`${result.reason}`);
      return [];
    });
    await settle(stage, arrived, texts).catch((error) => problems.push(`${error}`));
    files = sent.length;
    await watching.end();
    looks = watching.looks;
    problems.push(...watching.lies, ...await checkEnd(stage, texts, before));
    await stage.end().catch((error) => problems.push(`${error}`));
  } finally {
    await stage.end().catch(() => {});
    output = `${stage.program.output}\n--- second worker ---\n${stage.worker.output}`;
    await stage.close();
  }
  return { problems, output, files, looks };
}

async function doFaults(
  stage: Stage,
  { faults, seed, log, pauseMs = 3_000, signal }: ChaosOptions,
): Promise<void> {
  const random = randomFrom(seed);
  const startedAt = performance.now();
  for (let i = 1; i <= faults && !signal?.aborted; i++) {
    await sleep(random.between(0, pauseMs));
    const fault = i % WITHOUT_WORKERS_EVERY === 0 ? withoutWorkers : random.pick(FAULTS);
    const at = ((performance.now() - startedAt) / 1000).toFixed(1);
    log(`${at} s: fault ${i}: ${await fault(stage, random)}`);
  }
}

async function sendAll(
  stage: Stage,
  sent: Promise<Sent>[],
  seed: number,
  signal: AbortSignal,
  deadline: AbortSignal,
): Promise<void> {
  const random = randomFrom(seed + 1);
  const open = new Set<Promise<void>>();
  for (let n = KINDS.length; !signal.aborted || n < 2 * KINDS.length; n++) {
    const sending = send(stage, n, randomFrom(seed + n), deadline);
    sent.push(sending);
    const underway = sending.then(() => {}, () => {}).finally(() => open.delete(underway));
    open.add(underway);
    while (open.size >= MOST_SENDING) await Promise.race(open);
    await sleep(random.between(0, 2 * SEND_MS));
  }
}

/** Waits until every file has its text, the queue is empty and the program says that all is well. */
async function settle(stage: Stage, sent: readonly Sent[], texts: Texts): Promise<void> {
  let last = '';
  const { sql } = stage;
  const look = async () => {
    const rows = await sql`select id, filename, data::text as data from file
      where filename ~ '^K[0-9]{5}[.]'`;
    const ids = new Set(rows.map(({ id }) => id));
    const wrong = rows.filter(({ filename, data }) => {
      const { status, content } = JSON.parse(data) ?? {};
      return status !== 'completed' || content !== expectedText(texts, filename);
    });
    const lost = sent.filter(({ id }) => !ids.has(id));
    const open = await sql`select name, status, message, error from headway.job
      where file_id is not null and status <> 'completed'`;
    const queued = await sql`select name, state, id from headway_queue.job
      where name = 'files' and state < 'completed'`;
    const ready = await fetch(`${stage.url}/ready`, {
      signal: AbortSignal.timeout(READY_MS),
    }).then((answer) => answer.text()).catch(String);
    last = JSON.stringify({ wrong, lost, open, queued, ready }, null, 1);
    const isWell = ready.includes('"status":"ok"');
    return wrong.length + lost.length + open.length + queued.length === 0 && isWell;
  };
  const settled = () =>
    look().catch((error) => {
      last = `${error}`;
      return false;
    });
  await until('everything to end well', settled, { ms: SETTLE_MS, everyMs: 500 })
    .catch((error) => {
      throw new Error(`${error.message}\n${last}`);
    });
}

async function readHost({ sql }: Stage): Promise<string> {
  const ids = Object.keys(HOST_FILES);
  const files = await sql`select id, user_id, hash, filename, path, data::text, meta::text,
    created_at, updated_at from file where id = any(${ids}) order by id`;
  const links = await sql`select * from knowledge_file where file_id = any(${ids}) order by id`;
  const others = await sql`select u.name, k.name, k.user_id from "user" u, knowledge k`;
  return JSON.stringify([files, links, others], null, 1);
}

/** What is wrong when all is over. */
async function checkEnd(stage: Stage, texts: Texts, before: string): Promise<string[]> {
  const { sql, program, worker } = stage;
  const problems: string[] = [];
  const after = await readHost(stage);
  if (after !== before) problems.push(`Rows of the host changed:\n${before}\n${after}`);
  const unlinked = await sql`select filename from file f where filename ~ '^K[0-9]{5}[.]' and not
    exists (select from knowledge_file where file_id = f.id and knowledge_id = ${KNOWLEDGE})`;
  problems.push(...unlinked.map(({ filename }) => `${filename} is in no knowledge base`));
  const twice = await sql`select file_id from headway.passage
    group by file_id, part_index, ordinal having count(*) > 1`;
  problems.push(...twice.map(({ file_id }) => `A passage of ${file_id} is there twice`));
  for (
    const { filename, path } of await sql`select filename, path from file
    where filename ~ '^K[0-9]{5}[.]'`
  ) {
    expectedText(texts, filename);
    const there = await Deno.stat(path).then((found) => found.isFile, () => false);
    if (!there) problems.push(`The bytes of ${filename} are gone`);
  }
  // The last fault may have killed it: another one starts after a pause.
  const supervised = () => processesBelow(program.current.pid, /worker\.ts/).length;
  await until('the worker of the program', () => supervised() === 1, { ms: SETTLE_MS })
    .catch(() => problems.push(`Workers of the program: ${supervised()}`));
  for (const { current } of [program, worker]) {
    if (!isAlive(current.pid)) problems.push(`Process ${current.pid} is gone`);
  }
  return problems;
}
