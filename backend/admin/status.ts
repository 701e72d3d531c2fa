/**
 * `status`: the queue and its workers at a glance.
 *
 * @module
 */
import { plural } from '#contract/messages/numbers.ts';
import { readQueue } from '../queue/overview.ts';
import type { Command, Report } from './command.ts';
import { age, layTable } from './layout.ts';
import type { Place } from './place.ts';

export const status: Command = {
  name: 'status',
  about: 'Show the queue and its workers',
  run: show,
};

async function show({ db, runningAt }: Place): Promise<Report> {
  const queue = await readQueue(db.orm);
  const { waiting, last_hour: lately } = queue;
  const text = [
    runningAt ? `Headway is running: ${runningAt}` : 'Headway is not running here',
    ...queue.paused ? [`The queue is paused by ${queue.paused_by}`] : [],
    '',
    layTable(['JOBS', 'COUNT'], Object.entries(queue.states)),
    '',
    `Waiting: ${waiting.high} high, ${waiting.medium} medium, ${waiting.low} low` +
    (queue.held > 0 ? `; ${queue.held} of background work not let in yet` : ''),
    ...queue.oldest_waiting_seconds === null
      ? []
      : [`The oldest waits for ${age(queue.oldest_waiting_seconds)}`],
    `Last hour: ${plural(lately.completed, 'file')} done, ${lately.failed} failed`,
    '',
    layWorkers(queue.workers),
  ].join('\n');
  return { data: { running_at: runningAt, ...queue }, text };
}

type Workers = Awaited<ReturnType<typeof readQueue>>['workers'];

function layWorkers(workers: Workers): string {
  if (workers.length === 0) return 'No workers';
  return layTable(
    ['WORKER', 'ALIVE', 'UP', 'SEEN', 'READS'],
    workers.map((worker) => [
      worker.id,
      worker.alive ? 'yes' : 'no',
      age(worker.seen_at + worker.silent_seconds - worker.started_at),
      `${age(worker.silent_seconds)} ago`,
      worker.jobs.map((job) => `${job.name} (${job.step}, ${Math.round(job.progress)} %)`).join(
        ', ',
      ),
    ]),
  );
}
