/**
 * Jobs of the app's own: which there are, starting one, and its result.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { JobAccepted, JobKinds, JobPending, JobResult, StartJob } from '#contract/jobs.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { toJsonSchema } from '@valibot/to-json-schema';
import { type Context, Hono } from 'hono';
import { requireAccess } from '../access/permissions.ts';
import type { JobKind } from '../queue/job-kind.ts';
import { readResult, startJob } from '../queue/start-job.ts';
import { check, operation } from './describe.ts';
import { operationIdOf } from './parameters.ts';
import type { Env, Services } from './services.ts';

/** Routes below `/jobs`. */
export function jobRoutes(services: Services): Hono<Env> {
  const kinds = [...services.kinds.values()].map(describeKind);
  return new Hono<Env>()
    .get(
      '/kinds',
      operation({
        tag: 'Jobs',
        summary: 'Kinds of jobs that this backend knows',
        answers: { 200: { schema: JobKinds, as: 'The kinds, with a JSON Schema of their input' } },
      }),
      (c) => c.json(kinds),
    )
    .post(
      '/:kind',
      operation({
        tag: 'Jobs',
        summary: 'Start a job',
        description: 'It is a session: followed, cancelled, paused, resumed and retried like any ' +
          'other. The same `Operation-Id` again is the same session.',
        answers: { 202: { schema: JobAccepted, as: 'Accepted; poll `status_url`' } },
        problems: ['job_kind_not_found', 'knowledge_not_found', 'conflict', 'invalid'],
      }),
      check('json', StartJob),
      (c) => start(c, services, c.req.param('kind'), c.req.valid('json')),
    )
    .get(
      '/:session_id/result',
      operation({
        tag: 'Jobs',
        summary: 'The result of a job',
        answers: {
          200: { schema: JobResult, as: 'The result' },
          202: { schema: JobPending, as: 'Not yet; ask again after `Retry-After`' },
        },
        problems: ['session_not_found', 'result_not_found', 'job_failed'],
      }),
      (c) => result(c, services, c.req.param('session_id')),
    );
}

function describeKind({ kind, title, description, steps, scope, schema }: JobKind) {
  return {
    kind,
    title,
    description,
    steps: steps.map((step) => step.title),
    scope,
    input: { ...toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' }) },
  } satisfies JobKinds[number];
}

async function start(
  c: Context<Env>,
  { db, queue, kinds }: Services,
  name: string,
  body: StartJob,
): Promise<Response> {
  const kind = kinds.get(name);
  if (!kind) throw new AppError('job_kind_not_found', `There is no such kind of job: ${name}`);
  const actor = c.get('actor');
  const knowledgeId = kind.scope === 'knowledge' ? body.knowledge_id ?? null : null;
  if (kind.scope === 'knowledge') {
    if (knowledgeId === null) throw new AppError('invalid', 'knowledge_id: say which');
    await requireAccess(db.orm, actor, 'knowledge', knowledgeId, 'read');
  }
  const { sessionId } = await startJob(db, queue, {
    kind,
    knowledgeId,
    input: body.input,
    userId: actor.id,
    priority: body.priority ?? 'high',
    operationId: operationIdOf(c),
  });
  const status = `${API_BASE}${paths.sessionStatus(sessionId)}`;
  c.header('location', status);
  c.header('operation-location', status);
  const accepted: JobAccepted = {
    session_id: sessionId,
    kind: name,
    status: 'queued',
    status_url: status,
    result_url: `${API_BASE}${paths.jobResult(sessionId)}`,
    message: `${kind.title} was started`,
  };
  return c.json(accepted, 202);
}

async function result(
  c: Context<Env>,
  { db }: Services,
  sessionId: string,
): Promise<Response> {
  await requireAccess(db.orm, c.get('actor'), 'session', sessionId, 'read');
  const outcome = await readResult(db.orm, sessionId);
  c.header('cache-control', 'no-store');
  if (outcome.type === 'done') return c.json(outcome.result);
  c.header('retry-after', '1');
  return c.json(outcome.pending, 202);
}
