/**
 * The queue for administrators: its state, pausing it, finding jobs and controlling them.
 *
 * @module
 */
import type { Command } from '#contract/messages/refusals.ts';
import { Id } from '#contract/bounds.ts';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { FAILURES } from '#contract/problem.ts';
import { FILE_STATUSES, PRIORITIES } from '#contract/progress.ts';
import { JobProgress } from '#contract/context.ts';
import {
  Promotion,
  QueueJobs,
  QueueStatus,
  RetriedFailed,
  RetryFailed,
  Throughput,
} from '#contract/queue.ts';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { readJob } from '../progress/context.ts';
import { type Control } from '../queue/control.ts';
import { listJobs, replayFailed, sessionOfJob } from '../queue/job-list.ts';
import { readQueue } from '../queue/overview.ts';
import { setQueuePaused } from '../queue/pausing.ts';
import { readThroughput } from '../queue/throughput.ts';
import { administrators } from './administrators.ts';
import { check, operation } from './describe.ts';
import { conditional } from './conditional.ts';
import { UUID, whole } from './parameters.ts';
import { type Env, remoteStatuses, type Services } from './services.ts';

const part = v.optional(v.pipe(v.string(), v.maxLength(200)));

const JobsQuery = v.object({
  state: v.optional(v.picklist(FILE_STATUSES)),
  knowledge_id: v.optional(Id),
  priority: v.optional(v.picklist(PRIORITIES)),
  knowledge: part,
  user: part,
  error_code: v.optional(v.picklist(FAILURES)),
  q: part,
  limit: whole(1, 200, 50),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(36), v.regex(UUID, 'must be a next_cursor'))),
});

/** Routes below `/queue`. */
export function queueRoutes(services: Services): Hono<Env> {
  const { db, control } = services;
  const routes = new Hono<Env>()
    .use(administrators(message('queue_for_administrators')))
    .get(
      '/',
      operation({
        tag: 'Queue',
        summary: 'How the queue stands',
        description:
          'Live and failed files are counted all, those completed and cancelled of the ' +
          'last 24 hours.',
        answers: {
          200: { schema: QueueStatus, as: 'The queue' },
          304: { schema: null, as: 'Nothing changed since the ETag in If-None-Match' },
        },
      }),
      async (c) => conditional(c, await readQueue(db.orm, remoteStatuses(services))),
    )
    .get(
      '/throughput',
      operation({
        tag: 'Queue',
        summary: 'What was done and what waited, over the last minutes or hours',
        description: 'At most 60 buckets that begin at whole multiples of their length.',
        answers: {
          200: { schema: Throughput, as: 'The buckets, oldest first' },
          304: { schema: null, as: 'Nothing changed since the ETag in If-None-Match' },
        },
        problems: ['invalid'],
      }),
      check('query', v.object({ minutes: whole(1, 1_440, 60) })),
      async (c) => conditional(c, await readThroughput(db.orm, c.req.valid('query').minutes)),
    )
    .get(
      '/jobs',
      operation({
        tag: 'Queue',
        summary: 'Jobs, newest first',
        description:
          '`state=error` is the failed list. `cursor` is the `next_cursor` of the page ' +
          'before. `knowledge` and `user` are an id or a part of the name.',
        answers: { 200: { schema: QueueJobs, as: 'A page of jobs' } },
        problems: ['invalid'],
      }),
      check('query', JobsQuery),
      async (c) => {
        const { knowledge_id, q, error_code, cursor, ...query } = c.req.valid('query');
        const named = { knowledgeId: knowledge_id, text: q, errorCode: error_code };
        return c.json(await listJobs(db.orm, { ...query, ...named, after: cursor }));
      },
    )
    .post(
      '/jobs/retry-failed',
      operation({
        tag: 'Queue',
        summary: 'Replay what failed',
        description: 'All of it, or what failed with one `error_code`.',
        answers: { 200: { schema: RetriedFailed, as: 'How much runs again' } },
        problems: ['invalid'],
      }),
      check('json', RetryFailed),
      async (c) => {
        const { error_code = 'any' } = c.req.valid('json');
        return c.json(await replayFailed(db.orm, control, error_code));
      },
    );
  for (const action of ['pause', 'resume'] as const) {
    routes.post(
      `/${action}`,
      operation({
        tag: 'Queue',
        summary: action === 'pause' ? 'Take no more jobs' : 'Take jobs again',
        description: 'What runs goes on. Doing it twice changes nothing.',
        answers: { 200: { schema: QueueStatus, as: 'The queue afterwards' } },
      }),
      async (c) => {
        await setQueuePaused(db.orm, action === 'pause', c.get('actor').id);
        return c.json(await readQueue(db.orm, remoteStatuses(services)));
      },
    );
  }
  for (const action of ['retry', 'cancel'] as const) {
    routes.post(
      `/jobs/:id/${action}`,
      operation({
        tag: 'Queue',
        summary: action === 'retry' ? 'Let a job run again' : 'Cancel a job',
        answers: { 200: { schema: JobProgress, as: 'The job afterwards' } },
        problems: ['file_not_found', 'conflict'],
      }),
      (c) => steer(c, services, c.req.param('id'), action, (job) => control[action](job)),
    );
  }
  return routes.post(
    '/jobs/:id/promote',
    operation({
      tag: 'Queue',
      summary: 'Raise the priority of a job',
      answers: { 200: { schema: JobProgress, as: 'The job afterwards' } },
      problems: ['invalid', 'file_not_found', 'conflict'],
    }),
    check('json', Promotion),
    (c) => {
      const { priority } = c.req.valid('json');
      return steer(
        c,
        services,
        c.req.param('id'),
        'promote',
        (job) => control.promote(job, priority),
      );
    },
  );
}

async function steer(
  c: Context<Env>,
  { db }: Services,
  jobId: string,
  action: Command,
  act: (job: Parameters<Control['cancel']>[0]) => Promise<number>,
): Promise<Response> {
  const sessionId = UUID.test(jobId) ? await sessionOfJob(db.orm, jobId) : null;
  if (!sessionId) throw new AppError('file_not_found', message('unknown_job', { id: jobId }));
  const changed = await act({ sessionId, jobId });
  if (changed === 0) throw new AppError('conflict', message('nothing_to_do', { command: action }));
  const job = await readJob(db.orm, jobId);
  if (job) return c.json(job);
  throw new AppError('file_not_found', message('job_cleared', { id: jobId }));
}
