/**
 * Analyses by a slow external service: submitted at once, then polled.
 *
 * @module
 */
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import {
  AnalysisProcessing,
  AnalysisResults,
  AnalysisSubmitted,
  Analyze,
  ANALYZER_ID,
} from '#contract/analysis.ts';
import { AppError } from '#contract/error.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import type { Actor } from '../access/actor.ts';
import { mayAccessFile, mayAccessKnowledge, requireAccess } from '../access/permissions.ts';
import type { Analysis } from '../analysis/analysis.ts';
import {
  insertOperation,
  type NewOperation,
  type Operation,
  operationOfClient,
  readOperation,
} from '../analysis/operations.ts';
import type { Executor } from '../database/connection.ts';
import { RemoteError } from '../remote/remote-error.ts';
import { withoutVerb, withVerb } from './custom-verbs.ts';
import { check, operation } from './describe.ts';
import { operationIdOf, UUID } from './parameters.ts';
import type { Env, Services } from './services.ts';

/** Routes below `/analyzers`. */
export function analysisRoutes(services: Services): Hono<Env> {
  return new Hono<Env>()
    .post(
      withVerb('id', 'analyze'),
      operation({
        tag: 'Analysis',
        summary: 'Submit something to the analysis service',
        description: 'Answers at once; the service is asked in the background. The same ' +
          '`Operation-Id` again is the same operation.',
        answers: { 202: { schema: AnalysisSubmitted, as: 'Poll `resultsEndpoint`' } },
        problems: ['analyzer_not_found', 'file_not_found', 'knowledge_not_found', 'invalid'],
      }),
      check('json', Analyze),
      (c) => submit(c, services, withoutVerb(c.req.param('id')), c.req.valid('json')),
    )
    .get(
      '/:id/results/:operation',
      operation({
        tag: 'Analysis',
        summary: 'The results of an analysis, or how far it is',
        description: 'Results are kept for an hour unless set otherwise. An operation that is ' +
          'unknown here is looked up at the service, for those who may.',
        answers: {
          200: { schema: AnalysisResults, as: 'The results' },
          202: { schema: AnalysisProcessing, as: 'Not yet; ask again after `Retry-After`' },
        },
        problems: ['operation_not_found', 'analysis_refused', 'analysis_failed', 'job_failed'],
      }),
      (c) => results(c, services, c.req.param('id'), c.req.param('operation')),
    );
}

async function submit(
  c: Context<Env>,
  services: Services,
  analyzer: string,
  { inputs, file_id, knowledge_id }: Analyze,
): Promise<Response> {
  if (!services.analysis) throw notSetUp();
  if (!ANALYZER_ID.test(analyzer)) {
    throw new AppError('analyzer_not_found', message('unknown_analyzer', { id: analyzer }));
  }
  const { db } = services;
  const actor = c.get('actor');
  if (file_id) await requireAccess(db.orm, actor, 'file', file_id, 'read');
  if (knowledge_id) await requireAccess(db.orm, actor, 'knowledge', knowledge_id, 'write');
  const id = await begin(db.orm, {
    analyzer,
    userId: actor.id,
    knowledgeId: knowledge_id ?? null,
    fileId: file_id ?? null,
    clientId: operationIdOf(c),
    input: inputs ? { inputs } : {},
  });
  const resultsEndpoint = `${API_BASE}${paths.analysisResults(analyzer, id)}`;
  c.header('location', resultsEndpoint);
  c.header('operation-location', resultsEndpoint);
  c.header('retry-after', '1');
  const submitted: AnalysisSubmitted = { status: 'submitted', operationId: id, resultsEndpoint };
  return c.json(submitted, 202);
}

/** Records a new operation. Returns its id. */
async function begin(db: Executor, wanted: NewOperation): Promise<string> {
  const id = await insertOperation(db, wanted);
  if (id) return id;
  const before = wanted.clientId
    ? await operationOfClient(db, wanted.userId, wanted.clientId)
    : null;
  if (before?.analyzer === wanted.analyzer) return before.id;
  throw new AppError('conflict', message('operation_id_used'));
}

async function results(
  c: Context<Env>,
  services: Services,
  analyzer: string,
  id: string,
): Promise<Response> {
  const { db } = services;
  const found = UUID.test(id) ? await readOperation(db.orm, id) : null;
  if (!found) return await lookUp(c, services, analyzer, id);
  const isShown = found.analyzer === analyzer && await mayRead(db.orm, c.get('actor'), found);
  if (!isShown) throw unknownOperation(id);
  switch (found.status) {
    case 'succeeded':
      return sendResults(c, id, analyzer, found.result ?? 'null');
    case 'failed':
      throw new AppError(
        found.failure === 'refused' ? 'analysis_refused' : 'analysis_failed',
        found.error ?? found.message,
      );
    case 'cancelled':
      throw new AppError('job_failed', message('analysis_cancelled'));
    default:
      return sendProcessing(c, found.message, found.elapsed, found.next_seconds);
  }
}

async function mayRead(db: Executor, actor: Actor, found: Operation): Promise<boolean> {
  if (seesAll(actor)) return true;
  const { user_id, knowledge_id, file_id } = found;
  if (knowledge_id === null && user_id !== actor.id) return false;
  // The requester must still have read access to the analysed file.
  const rows = await db.execute(sql`
    select 1 where (${knowledge_id}::text is null or exists (
        select 1 from knowledge k where k.id = ${knowledge_id} and ${
    mayAccessKnowledge(actor, 'read')
  }))
      and (${file_id}::text is null or ${user_id} <> ${actor.id} or exists (
        select 1 from file f where f.id = ${file_id} and ${mayAccessFile(actor, 'read')}))`);
  return rows.length > 0;
}

const seesAll = (actor: Actor) => actor.role === 'admin' && !actor.authorize;

/** Sends the stored text of a result unparsed: it may be large. */
function sendResults(c: Context<Env>, id: string, analyzer: string, result: string): Response {
  const [operationId, analyzerId] = [JSON.stringify(id), JSON.stringify(analyzer)];
  const body =
    `{"status":"succeeded","operationId":${operationId},"analyzerId":${analyzerId},"result":${result}}`;
  return c.body(body, 200, { 'content-type': 'application/json' });
}

function sendProcessing(
  c: Context<Env>,
  details: MessageDetails,
  elapsed: number,
  nextSeconds: number,
): Response {
  c.header('retry-after', `${Math.min(10, Math.max(1, Math.ceil(nextSeconds)))}`);
  const elapsed_seconds = Math.round(elapsed * 10) / 10;
  const processing: AnalysisProcessing = {
    status: 'processing',
    message: formatMessage(details),
    message_details: details,
    elapsed_seconds,
  };
  return c.json(processing, 202);
}

/** Timeout for a lookup at the service, milliseconds: shorter than that of any proxy. */
const LOOK_UP_MS = 10_000;

/** Looks up an operation that is unknown to this backend at the service. */
async function lookUp(
  c: Context<Env>,
  { analysis }: Services,
  analyzer: string,
  id: string,
): Promise<Response> {
  if (!analysis || !OPERATION.test(id) || !mayLookUp(analysis, c.get('actor'))) {
    throw unknownOperation(id);
  }
  const { client } = analysis;
  const asked = { signal: c.req.raw.signal, attemptMs: LOOK_UP_MS };
  const state = await client.poll(client.locationOf(id), asked).catch((error) => {
    throw error instanceof RemoteError ? asProblem(error, id) : error;
  });
  switch (state.status) {
    case 'succeeded':
      return sendResults(c, id, analyzer, JSON.stringify(state.result));
    case 'failed':
      throw new AppError('analysis_failed', state.reason);
    default:
      return sendProcessing(
        c,
        message('service_at_work', { service: client.service }),
        0,
        state.retryAfterSeconds ?? 1,
      );
  }
}

/** Format of the service's ids. */
const OPERATION = /^[A-Za-z0-9-]{8,64}$/;

const mayLookUp = ({ lookUp }: Analysis, actor: Actor) => lookUp === 'everyone' || seesAll(actor);

function asProblem(error: RemoteError, id: string): AppError {
  if (!error.passing) return unknownOperation(id);
  const retryAfterSeconds = error.retryAfterSeconds ?? 5;
  return new AppError('unavailable', error.reason, { retryAfterSeconds, cause: error });
}

const unknownOperation = (id: string) =>
  new AppError('operation_not_found', message('unknown_operation', { id }));

const notSetUp = () => new AppError('analyzer_not_found', message('no_analysis_setup'));
