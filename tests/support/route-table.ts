/**
 * Every route of the API, who may ask it, and what each is answered. A route that is not here fails
 * the test of it.
 *
 * @module
 */
import type { ProblemCode } from '../../backend/contract/problem.ts';
import { type Answer, type Ask, signToken, type TestApp } from './app.ts';

/** A knowledge base of the owner's with one file in one session. */
export interface Place {
  readonly knowledge: string;
  readonly file: string;
  readonly session: string;
  readonly job: string;
  /** The session of a report over the knowledge base. */
  readonly report: string;
  /** An analysis whose results readers of the knowledge base may read. */
  readonly operation: string;
  /** An endpoint that is told, and a delivery to it. */
  readonly webhook: string;
  readonly delivery: string;
}

/** A service that takes everything and never ends. */
export const ENDLESS_ANALYSIS = {
  endpoint: 'http://analysis.test',
  fetch: () => Promise.resolve(Response.json({ id: 'remote', status: 'Running' })),
};

/** Who starts what there is in a {@link Place}; all of it is the owner's unless said otherwise. */
export interface Starters {
  /** Of the session and the analysis. */
  readonly writer?: 'writer' | 'owner';
  /** Of the report. */
  readonly reader?: 'reader' | 'owner';
}

/** Makes a place that the reader may read and the writer may change. */
export async function makePlace(
  app: TestApp,
  as: (person: SignedIn) => Ask,
  { writer = 'owner', reader = 'owner' }: Starters = {},
): Promise<Place> {
  const grant = (principal_id: SignedIn, permission: string) => ({
    principal_type: 'user',
    principal_id,
    permission,
  });
  const access_grants = [grant('reader', 'read'), grant('writer', 'write')];
  const made = await app.post(
    '/knowledge/create',
    { name: "The owner's", access_grants },
    as('owner'),
  );
  const knowledge = made.body.id;
  const sending = { process: false, ...as('owner') };
  const file = await app.send('a.txt', crypto.randomUUID(), { knowledge_id: knowledge }, sending);
  const start = { priority: 'low' };
  const { body } = await app.post(`/knowledge/${knowledge}/sessions`, start, as(writer));
  const status = await app.get(`/progress/${body.session_id}/status?files=true`, as('owner'));
  const report = await app.post(
    '/jobs/knowledge-report',
    { knowledge_id: knowledge },
    as(reader),
  );
  const analysed = await app.post(
    '/analyzers/prebuilt-layout:analyze',
    { inputs: [{ url: 'https://files.example/a.pdf' }], knowledge_id: knowledge },
    as(writer),
  );
  const [webhook, event] = [crypto.randomUUID(), crypto.randomUUID()];
  await app.sql`insert into headway.webhook (id, url, secret, enabled, created_by)
    values (${webhook}, 'https://hooks.example/', 'whsec_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', false, 'admin')`;
  await app.sql`insert into headway.event (id, type, data) values (${event}, 'webhook.test', '{}')`;
  await app.sql`insert into headway.delivery (id, event_id, webhook_id)
    values (${event}, ${event}, ${webhook})`;
  return {
    webhook,
    delivery: event,
    operation: analysed.body.operationId,
    knowledge,
    file: file.body.id,
    session: body.session_id,
    report: report.body.session_id,
    job: status.body.files[0].job_id,
  };
}

export const SIGNED_IN = ['other', 'reader', 'writer', 'owner', 'admin'] as const;
export type SignedIn = (typeof SIGNED_IN)[number];

/** Makes their accounts, and returns their tokens. */
export async function signIn(app: TestApp): Promise<Record<SignedIn, string>> {
  const tokens = {} as Record<SignedIn, string>;
  for (const id of SIGNED_IN) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, ${id === 'admin' ? 'admin' : 'user'}, 1)`;
    tokens[id] = await signToken({ id });
  }
  return tokens;
}

/** Requests a route about a place. */
export async function askRoute(
  app: TestApp,
  [method, row]: readonly [method: string, row: Row],
  at: Place,
  as: Ask,
): Promise<Answer> {
  const json = row.json?.(at);
  const body = row.form?.(at);
  return await app.ask(method, row.path(at), {
    ...as,
    ...(json !== undefined && { json }),
    ...(body && { body }),
  });
}

/**
 * Who is let in. `open`: everybody, signed in or not. `own`: everybody signed in, about what is
 * theirs. `read` and `write`: those who have that right on the place; for others it does not exist.
 * `owner`: the owner of the file, and administrators. `admin`: administrators.
 */
export type Rule = 'open' | 'own' | 'read' | 'write' | 'owner' | 'admin';

export interface Row {
  readonly rule: Rule;
  /** Of those let in. @default 200 */
  readonly status?: number;
  /** Replaces the ids of the path's template and adds its query. */
  readonly path: (at: Place) => string;
  readonly json?: (at: Place) => unknown;
  readonly form?: (at: Place) => FormData;
  /** What those are told for whom the place does not exist. */
  readonly missing?: ProblemCode;
  /** Requests of the owner's that make the route find something to do. */
  readonly before?: readonly ((at: Place) => readonly [method: string, path: string])[];
  /** The answer tells of the place to these, and to nobody else. */
  readonly seenBy?: readonly SignedIn[];
  /** What of the place the answer would tell. */
  readonly tells?: (at: Place) => string;
}

const SHARED_WITH: readonly SignedIn[] = ['reader', 'writer', 'owner', 'admin'];

const open = (path: string, status = 200): Row => ({ rule: 'open', path: () => path, status });
const own = (path: string, more: Partial<Row> = {}): Row => ({
  rule: 'own',
  path: () => path,
  ...more,
});
const onKnowledge = (rule: Rule, rest: string, more: Partial<Row> = {}): Row => ({
  rule,
  path: (at) => `/knowledge/${at.knowledge}${rest}`,
  missing: 'knowledge_not_found',
  ...more,
});
const onFile = (rule: Rule, rest: string, more: Partial<Row> = {}): Row => ({
  rule,
  path: (at) => `/files/${at.file}${rest}`,
  missing: 'file_not_found',
  ...more,
});
const command = (action: string, more: Partial<Row> = {}): Row => ({
  rule: 'write',
  path: (at) => `/sessions/${at.session}/${action}`,
  missing: 'session_not_found',
  ...more,
});
const commandFile = (action: string, more: Partial<Row> = {}): Row =>
  command(action, { path: (at) => `/sessions/${at.session}/files/${at.job}/${action}`, ...more });
const onJob = (action: string, more: Partial<Row> = {}): Row => ({
  rule: 'admin',
  path: (at) => `/queue/jobs/${at.job}/${action}`,
  ...more,
});
const onWebhook = (rest: string, more: Partial<Row> = {}): Row => ({
  rule: 'admin',
  path: (at) => `/webhooks/${at.webhook}${rest}`,
  ...more,
});
const admins = (path: string, more: Partial<Row> = {}): Row => ({
  rule: 'admin',
  path: () => path,
  ...more,
});

const paused = [(at: Place) => ['POST', `/sessions/${at.session}/pause`] as const];
const cancelled = [(at: Place) => ['POST', `/sessions/${at.session}/cancel`] as const];
const fileOf = (at: Place) => ({ file_id: at.file });
const high = () => ({ priority: 'high' });

function oneFile(): FormData {
  const form = new FormData();
  form.append('file', new Blob(['mine']), 'mine.txt');
  return form;
}

/** `METHOD template`; below `/api/v1` where the template begins with a slash, else the root. */
export const ROUTE_TABLE: Readonly<Record<string, Row>> = {
  'GET health': open('health'),
  'GET ready': open('ready'),
  'GET openapi.json': open('openapi.json'),
  'GET docs': open('docs'),
  'GET docs/problems': open('docs/problems'),
  'GET docs/:asset': open('docs/start.js'),

  'GET /progress/global': own('/progress/global', {
    seenBy: ['owner'],
    tells: (at) => at.session,
  }),
  'GET /progress/knowledge/:id': {
    rule: 'read',
    path: (at) => `/progress/knowledge/${at.knowledge}`,
    missing: 'knowledge_not_found',
  },
  'GET /progress/job/:id': {
    rule: 'read',
    path: (at) => `/progress/job/${at.job}`,
    missing: 'file_not_found',
  },
  'GET /progress/status': {
    rule: 'own',
    path: (at) => `/progress/status?ids=${at.session}`,
    seenBy: SHARED_WITH,
    tells: (at) => at.knowledge,
  },
  'GET /progress/:session_id/status': {
    rule: 'read',
    path: (at) => `/progress/${at.session}/status?files=true`,
    missing: 'session_not_found',
  },
  'DELETE /progress/:session_id': {
    rule: 'write',
    path: (at) => `/progress/${at.session}`,
    missing: 'session_not_found',
  },
  'GET /progress/:session_id': {
    rule: 'own',
    path: (at) => `/progress/${at.session}`,
    status: 410,
  },

  'GET /sessions': own('/sessions?limit=200', { seenBy: SHARED_WITH, tells: (at) => at.session }),
  'POST /sessions/:id/again': command('again', { status: 202 }),
  'POST /sessions/:id/cancel': command('cancel'),
  'POST /sessions/:id/pause': command('pause'),
  'POST /sessions/:id/resume': command('resume', { before: paused }),
  'POST /sessions/:id/retry': command('retry', { before: cancelled }),
  'POST /sessions/:id/promote': command('promote', { json: high }),
  'POST /sessions/:id/priority': command('priority', { json: high }),
  // Nothing of it has failed.
  'POST /sessions/:id/retry-failed': command('retry-failed', { status: 409 }),
  'GET /sessions/:id/files': {
    rule: 'read',
    path: (at) => `/sessions/${at.session}/files`,
    missing: 'session_not_found',
  },
  'POST /sessions/:id/files/:job_id/cancel': commandFile('cancel'),
  'POST /sessions/:id/files/:job_id/pause': commandFile('pause'),
  'POST /sessions/:id/files/:job_id/resume': commandFile('resume', { before: paused }),
  'POST /sessions/:id/files/:job_id/retry': commandFile('retry', { before: cancelled }),
  'POST /sessions/:id/files/:job_id/promote': commandFile('promote', { json: high }),
  'POST /sessions/:id/files/:job_id/priority': commandFile('priority', { json: high }),

  'GET /knowledge': own('/knowledge/', { seenBy: SHARED_WITH, tells: (at) => at.knowledge }),
  'GET /knowledge/search': own('/knowledge/search?query=owner', {
    seenBy: SHARED_WITH,
    tells: (at) => at.knowledge,
  }),
  'POST /knowledge/create': own('/knowledge/create', { json: () => ({ name: 'Mine' }) }),
  'GET /knowledge/:id': onKnowledge('read', ''),
  'POST /knowledge/:id/update': onKnowledge('write', '/update', { json: () => ({ name: 'New' }) }),
  'POST /knowledge/:id/access/update': onKnowledge('write', '/access/update', {
    json: () => ({ access_grants: [] }),
  }),
  'DELETE /knowledge/:id/delete': onKnowledge('write', '/delete'),
  'POST /knowledge/:id/reset': onKnowledge('write', '/reset'),
  // The rules of tus itself are in tus.db.test.ts; these requests speak it not.
  'GET /uploads': own('/uploads'),
  'POST /uploads': own('/uploads', { status: 412 }),
  'OPTIONS /uploads': own('/uploads', { status: 204 }),
  'GET /uploads/:id': own('/uploads/x', { status: 405 }),
  'POST /uploads/:id': own('/uploads/x', { status: 412 }),
  'PATCH /uploads/:id': own('/uploads/x', { status: 415 }),
  'DELETE /uploads/:id': own('/uploads/x', { status: 412 }),
  'OPTIONS /uploads/:id': own('/uploads/x', { status: 204 }),
  'GET /knowledge/:id/files': onKnowledge('read', '/files'),
  'POST /knowledge/:id/files/known': onKnowledge('read', '/files/known', {
    json: () => ({ files: [] }),
  }),
  'GET /knowledge/:id/files/pending': onKnowledge('read', '/files/pending'),
  'POST /knowledge/:id/file/add': onKnowledge('write', '/file/add', { json: fileOf }),
  'POST /knowledge/:id/file/update': onKnowledge('write', '/file/update', { json: fileOf }),
  'POST /knowledge/:id/file/remove': onKnowledge('write', '/file/remove', { json: fileOf }),
  'GET /search': own('/search?q=word'),
  'GET /knowledge/:id/search': onKnowledge('read', '/search?q=word'),
  'POST /knowledge/:id/sessions': onKnowledge('write', '/sessions', {
    json: () => ({}),
    status: 202,
  }),

  'POST /files': own('/files/?process=false', { form: oneFile }),
  'GET /files': own('/files/', { seenBy: ['owner', 'admin'], tells: (at) => at.file }),
  'GET /files/search': own('/files/search?filename=*.txt', {
    seenBy: ['owner', 'admin'],
    tells: (at) => at.file,
  }),
  'GET /files/count': own('/files/count'),
  'GET /files/:id': onFile('read', ''),
  'GET /files/:id/content': onFile('read', '/content'),
  'GET /files/:id/parts': onFile('read', '/parts'),
  'GET /files/:id/outline': onFile('read', '/outline'),
  'GET /files/:id/find': onFile('read', '/find?q=word'),
  'GET /files/:id/export': onFile('read', '/export?format=txt', { status: 409 }), // nothing was read yet
  'GET /files/:id/process/status': onFile('read', '/process/status'),
  'POST /files/:id/rename': onFile('write', '/rename', { json: () => ({ filename: 'b.txt' }) }),
  'POST /files/:id/data/content/update': onFile('write', '/data/content/update', {
    json: () => ({ content: 'Other.' }),
  }),
  'DELETE /files/:id': onFile('write', ''),
  'DELETE /files/:id/links/:knowledge_id': {
    rule: 'owner',
    path: (at) => `/files/${at.file}/links/${at.knowledge}`,
    missing: 'file_not_found',
  },

  'POST /background/start': own('/background/start', { status: 202 }),
  'GET /me': own('/me'),
  'GET /preferences': own('/preferences'),
  'PATCH /preferences': own('/preferences', { json: () => ({ notifications: false }) }),

  'POST /analyzers/:id:analyze': own('/analyzers/prebuilt-layout:analyze', {
    json: () => ({ inputs: [{ url: 'https://files.example/a.pdf' }] }),
    status: 202,
  }),
  'GET /analyzers/:id/results/:operation': {
    rule: 'read',
    path: (at) => `/analyzers/prebuilt-layout/results/${at.operation}`,
    missing: 'operation_not_found',
    status: 202,
  },
  'GET /knowledge/:id/processing': onKnowledge('read', '/processing'),
  'PATCH /knowledge/:id/processing': onKnowledge('write', '/processing', {
    json: () => ({ language: 'de' }),
  }),
  'GET /jobs': own('/jobs', { seenBy: SHARED_WITH, tells: (at) => at.report }),
  'GET /files/:id/processing': onFile('read', '/processing'),
  'PATCH /files/:id/processing': onFile('write', '/processing', {
    json: () => ({ language: 'de' }),
  }),
  'GET /jobs/kinds': own('/jobs/kinds'),
  'POST /jobs/:kind': {
    rule: 'read',
    path: () => '/jobs/knowledge-report',
    json: (at) => ({ knowledge_id: at.knowledge }),
    missing: 'knowledge_not_found',
    status: 202,
  },
  'GET /jobs/:session_id/result': {
    rule: 'read',
    path: (at) => `/jobs/${at.report}/result`,
    missing: 'session_not_found',
    status: 202,
  },
  'GET /webhooks': admins('/webhooks', { seenBy: ['admin'], tells: (at) => at.webhook }),
  'POST /webhooks': admins('/webhooks', {
    json: () => ({ url: 'https://hooks.example/' }),
    status: 201,
  }),
  'GET /webhooks/:id': onWebhook(''),
  'PATCH /webhooks/:id': onWebhook('', { json: () => ({ description: 'Other' }) }),
  'DELETE /webhooks/:id': onWebhook(''),
  'POST /webhooks/:id/rotate': onWebhook('/rotate'),
  'POST /webhooks/:id/test': onWebhook('/test', { status: 409 }), // it is off
  'GET /webhooks/:id/deliveries': onWebhook('/deliveries'),
  'POST /webhooks/:id/deliveries/:delivery_id/redeliver': {
    rule: 'admin',
    path: (at) => `/webhooks/${at.webhook}/deliveries/${at.delivery}/redeliver`,
    status: 202,
  },
  'GET /queue': admins('/queue'),
  'GET /queue/throughput': admins('/queue/throughput'),
  'GET /queue/jobs': admins('/queue/jobs?limit=200', {
    seenBy: ['admin'],
    tells: (at) => at.job,
  }),
  'POST /queue/jobs/retry-failed': admins('/queue/jobs/retry-failed', { json: () => ({}) }),
  'POST /queue/pause': admins('/queue/pause'),
  'POST /queue/resume': admins('/queue/resume'),
  'POST /queue/jobs/:id/retry': onJob('retry', { before: cancelled }),
  'POST /queue/jobs/:id/cancel': onJob('cancel'),
  'POST /queue/jobs/:id/promote': onJob('promote', { json: high }),
};
