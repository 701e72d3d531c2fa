/**
 * What polling costs and how soon it notices the end: simulated jobs of a minute, followed by the
 * poller's own rules and by others. No network and no clock; the same figures on every machine.
 *
 * @module
 */
import { resolvePace } from '../frontend/src/lib/polling/options.ts';
import { ADAPTIVE, everyMs, inThreeStages, polled, type Rule } from './polling-rules.ts';
import { type Figure } from './figure.ts';
import { makeJob, type Scene } from './polling-jobs.ts';

/** Jobs that every rule follows in every scene. */
const JOBS = 4_000;
const SHORTEST_SECONDS = 45;
const LONGEST_SECONDS = 75;

const RULES: Record<string, Rule> = {
  'every 1 s': everyMs(1_000),
  'every 2.5 s': everyMs(2_500),
  '1/2.5/5 s': inThreeStages,
  'adaptive': polled(resolvePace(ADAPTIVE)),
  'adaptive, held': polled(resolvePace({ ...ADAPTIVE, longPoll: 30 })),
};

/** What is wrong with the server's estimate; where it is noise, the pace of the job is uneven too. */
const SCENES: Record<string, Scene> = {
  'right': { off: 1, noise: 0, unevenness: 0.3 },
  'twice too long': { off: 2, noise: 0, unevenness: 0.3 },
  'four times too long': { off: 4, noise: 0, unevenness: 0.3 },
  'four times too short': { off: 1 / 4, noise: 0, unevenness: 0.3 },
  'noisy': { off: 1, noise: 0.4, unevenness: 0.5 },
  'noisy and four times too long': { off: 4, noise: 0.4, unevenness: 0.5 },
};

/** Means over all jobs. */
interface Outcome {
  readonly requests: number;
  /** From the end of the job to the answer that tells of it. */
  readonly delaySeconds: number;
}

export function measurePolling(jobs: number = JOBS): Promise<Figure[]> {
  const figures = Object.entries(SCENES).flatMap(([name, scene]) => figuresOf(name, scene, jobs));
  return Promise.resolve(figures);
}

function figuresOf(name: string, scene: Scene, jobs: number): Figure[] {
  const outcomes = new Map(
    Object.entries(RULES).map(([rule, of]) => [rule, follow(of, scene, jobs)]),
  );
  const fixed = outcomes.get('every 1 s')!;
  const ours = outcomes.get('adaptive')!;
  const held = outcomes.get('adaptive, held')!;
  const detail = [...outcomes].map(([rule, { requests, delaySeconds }]) =>
    `${rule}: ${requests.toFixed(1)} and ${delaySeconds.toFixed(2)} s`
  ).join('; ');
  const noisy = scene.noise > 0;
  return [
    {
      name: `polls against every 1 s, estimate ${name}`,
      value: ours.requests / fixed.requests,
      unit: 'ratio',
      limit: 0.25,
      means:
        'The share of requests that is left when a page asks when it makes sense, not every second',
      detail: `requests and delay, ${detail}`,
    },
    {
      name: `delay of noticing the end, estimate ${name}`,
      value: ours.delaySeconds,
      unit: 's',
      limit: noisy ? 0.75 : fixed.delaySeconds,
      means: 'How late a page says that a file is done',
      detail: noisy ? 'limit: three quarters of a second' : 'limit: that of every 1 s',
    },
    {
      name: `the same where answers are held, estimate ${name}`,
      value: held.delaySeconds,
      unit: 's',
      limit: fixed.delaySeconds,
      means: 'How late it says so where the server may hold its answer until something changes',
      detail: `${held.requests.toFixed(1)} requests`,
    },
  ];
}

/** Every rule follows the same jobs. */
function follow(rule: Rule, scene: Scene, jobs: number): Outcome {
  let [requests, delaySeconds] = [0, 0];
  for (let seed = 1; seed <= jobs; seed++) {
    const job = makeJob(seed, [SHORTEST_SECONDS, LONGEST_SECONDS], scene);
    const result = rule(job);
    requests += result.requests / jobs;
    delaySeconds += result.delaySeconds / jobs;
  }
  return { requests, delaySeconds };
}
