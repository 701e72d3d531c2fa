/**
 * Jobs of the app's own: their kinds, starting one, and its result.
 *
 * @module
 */
import { Id } from '#contract/bounds.ts';
import { AppError } from '#contract/error.ts';
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import { JobAccepted, JobKinds, JobList, JobPending, JobResult, StartJob } from '#contract/jobs.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { toJsonSchema } from '@valibot/to-json-schema';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { mayAccessSession, requireAccess } from '../access/permissions.ts';
import { isStorable } from '../database/json.ts';
import { CURSOR, MOST_CURSOR_LENGTH } from '../progress/history.ts';
import type { JobKind } from '../queue/job-kind.ts';
import { listJobs } from '../queue/list-jobs.ts';
import { readResult, startJob } from '../queue/start-job.ts';
import { check, operation } from './describe.ts';
import { operationIdOf, whole } from './parameters.ts';
import { askerOf, type Env, type Services } from './services.ts';

/** A JSON object in a query parameter. */
const InputQuery = v.pipe(
  v.string(),
  v.maxLength(2_000),
  v.description('JSON of an object: what the input must have in it'),
  v.check((text) => isStorableObject(parsed(text)), 'must be JSON of an object'),
);
const ListQuery = v.object({
  kind: v.optional(v.pipe(v.string(), v.maxLength(64))),
  knowledge_id: v.optional(Id),
  input: v.optional(InputQuery),
  live: v.optional(v.picklist(['true', 'false'])),
  mine: v.optional(v.picklist(['true', 'false'])),
  limit: whole(1, 200, 50),
  cursor: v.optional(
    v.pipe(v.string(), v.maxLength(MOST_CURSOR_LENGTH), v.regex(CURSOR, 'must be a next_cursor')),
  ),
});

/** Routes below `/jobs`. */
export function jobRoutes(services: Services): Hono<Env> {
  const kinds = [...services.kinds.values()].map(describeKind);
  return new Hono<Env>()
    .get(
      '/',
      operation({
        tag: 'Jobs',
        summary: 'Jobs that the asker may see, newest first',
        description: 'What another device finds a job by, and where old results are: each has a ' +
          'result as long as it is listed. `input` is JSON of what the input must have in it.',
        answers: { 200: { schema: JobList, as: 'A page of jobs' } },
        problems: ['invalid'],
      }),
      check('query', ListQuery),
      async (c) => c.json(await list(c, services, c.req.valid('query'))),
    )
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

function list(
  c: Context<Env>,
  { db, staleSeconds }: Services,
  { input, ...query }: v.InferOutput<typeof ListQuery>,
): Promise<JobList> {
  const condition = sql.join([
    mayAccessSession(c.get('actor'), 'read'),
    ...(query.knowledge_id ? [sql`s.knowledge_id = ${query.knowledge_id}`] : []),
    ...(query.mine === 'true' ? [sql`s.user_id = ${c.get('actor').id}`] : []),
    ...(query.live ? [sql`(s.finished_at is null) = ${query.live === 'true'}`] : []),
  ], sql` and `);
  const wanted = input === undefined ? undefined : parsed(input);
  const filter = { kind: query.kind, input: isObject(wanted) ? wanted : undefined };
  const page = { limit: query.limit, offset: 0, after: query.cursor };
  return listJobs(db.orm, condition, filter, { files: false, staleSeconds, ...page });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isStorableObject = (value: unknown) => isObject(value) && isStorable(value);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function start(
  c: Context<Env>,
  services: Services,
  name: string,
  body: StartJob,
): Promise<Response> {
  const { db, queue, kinds } = services;
  const kind = kinds.get(name);
  if (!kind) throw new AppError('job_kind_not_found', message('unknown_job_kind', { kind: name }));
  const actor = c.get('actor');
  const knowledgeId = kind.scope === 'knowledge' ? body.knowledge_id ?? null : null;
  if (kind.scope === 'knowledge') {
    if (knowledgeId === null) throw new AppError('invalid', message('knowledge_needed'));
    await requireAccess(db.orm, actor, 'knowledge', knowledgeId, 'read');
  }
  const { sessionId } = await startJob(db, queue, {
    kind,
    knowledgeId,
    input: body.input,
    ...askerOf(services, actor),
    priority: body.priority ?? 'high',
    operationId: operationIdOf(c),
  });
  const status = `${API_BASE}${paths.sessionStatus(sessionId)}`;
  c.header('location', status);
  c.header('operation-location', status);
  const started = message('job_started', { kind: name, title: kind.title });
  const accepted: JobAccepted = {
    session_id: sessionId,
    kind: name,
    status: 'queued',
    status_url: status,
    result_url: `${API_BASE}${paths.jobResult(sessionId)}`,
    message: formatMessage(started),
    message_details: started,
  };
  return c.json(accepted, 202);
}

async function result(
  c: Context<Env>,
  { db, staleSeconds }: Services,
  sessionId: string,
): Promise<Response> {
  await requireAccess(db.orm, c.get('actor'), 'session', sessionId, 'read');
  const outcome = await readResult(db.orm, sessionId, staleSeconds);
  if (outcome.type === 'done') return c.json(outcome.result);
  c.header('retry-after', '1');
  return c.json(outcome.pending, 202);
}
