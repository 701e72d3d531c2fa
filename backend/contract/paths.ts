/**
 * Paths of the API, shared by the server and its clients.
 *
 * @module
 */

export const API_BASE = '/api/v1';

/**
 * Paths that belong to the API; an unknown one among them is answered with a problem, not a page.
 */
export const API_PATH = /^\/(api|docs|health|metrics|openapi\.json|ready)(?=[/?]|$)/i;

const segment = encodeURIComponent;

/** Paths for polling, kept separate so that an app that only polls does not load the rest. */
export const pollingPaths = {
  sessionStatus: (id: string): string => `/progress/${segment(id)}/status`,
  /** `withFiles`: those of `ids` for which the response includes files. */
  batchStatus: (ids: readonly string[], withFiles: readonly string[] = []): string => {
    const files = withFiles.length === ids.length ? 'true' : withFiles.map(segment).join(',');
    return `/progress/status?ids=${ids.map(segment).join(',')}${files ? `&files=${files}` : ''}`;
  },
  sessions: '/sessions',
} as const;

/** Paths below {@link API_BASE}. Ids are encoded only here. */
export const paths = {
  ...pollingPaths,
  me: '/me',
  progress: (id: string): string => `/progress/${segment(id)}`,
  globalProgress: '/progress/global',
  knowledgeProgress: (id: string): string => `/progress/knowledge/${segment(id)}`,
  jobProgress: (id: string): string => `/progress/job/${segment(id)}`,
  sessionAction: (id: string, action: SessionAction): string =>
    `/sessions/${segment(id)}/${action}`,
  fileAction: (session: string, job: string, action: SessionAction): string =>
    `/sessions/${segment(session)}/files/${segment(job)}/${action}`,
  retryFailed: (id: string): string => `/sessions/${segment(id)}/retry-failed`,
  sessionFiles: (id: string): string => `/sessions/${segment(id)}/files`,
  sessionPriority: (id: string): string => `/sessions/${segment(id)}/priority`,
  filePriority: (session: string, job: string): string =>
    `/sessions/${segment(session)}/files/${segment(job)}/priority`,
  startSession: (knowledgeId: string): string => `/knowledge/${segment(knowledgeId)}/sessions`,
  search: (knowledgeId: string): string => `/knowledge/${segment(knowledgeId)}/search`,
  searchAll: '/search',
  knowledgeList: '/knowledge/',
  knowledgeSearch: '/knowledge/search',
  knowledgeCreate: '/knowledge/create',
  knowledge: (id: string): string => `/knowledge/${segment(id)}`,
  knowledgeUpdate: (id: string): string => `/knowledge/${segment(id)}/update`,
  knowledgeDelete: (id: string): string => `/knowledge/${segment(id)}/delete`,
  knowledgeFiles: (id: string): string => `/knowledge/${segment(id)}/files`,
  knowledgeKnown: (id: string): string => `/knowledge/${segment(id)}/files/known`,
  knowledgePending: (id: string): string => `/knowledge/${segment(id)}/files/pending`,
  fileAdd: (id: string): string => `/knowledge/${segment(id)}/file/add`,
  fileRemove: (id: string): string => `/knowledge/${segment(id)}/file/remove`,
  files: '/files/',
  uploads: '/uploads',
  upload: (id: string): string => `/uploads/${segment(id)}`,
  file: (id: string): string => `/files/${segment(id)}`,
  fileContent: (id: string): string => `/files/${segment(id)}/content`,
  fileLink: (id: string, knowledge: string): string =>
    `/files/${segment(id)}/links/${segment(knowledge)}`,
  backgroundStart: '/background/start',
  preferences: '/preferences',
  queue: '/queue',
  queueAction: (action: 'pause' | 'resume'): string => `/queue/${action}`,
  queueThroughput: '/queue/throughput',
  queueJobs: '/queue/jobs',
  queueRetryFailed: '/queue/jobs/retry-failed',
  queueJobAction: (id: string, action: 'retry' | 'cancel' | 'promote'): string =>
    `/queue/jobs/${segment(id)}/${action}`,
  sessionAgain: (id: string): string => `/sessions/${segment(id)}/again`,
  promoteSession: (id: string): string => `/sessions/${segment(id)}/promote`,
  promoteFile: (session: string, job: string): string =>
    `/sessions/${segment(session)}/files/${segment(job)}/promote`,
  analyze: (analyzer: string): string => `/analyzers/${segment(analyzer)}:analyze`,
  analysisResults: (analyzer: string, operation: string): string =>
    `/analyzers/${segment(analyzer)}/results/${segment(operation)}`,
  knowledgeProcessing: (id: string): string => `/knowledge/${segment(id)}/processing`,
  jobs: '/jobs',
  fileProcessing: (id: string): string => `/files/${segment(id)}/processing`,
  jobKinds: '/jobs/kinds',
  startJob: (kind: string): string => `/jobs/${segment(kind)}`,
  jobResult: (sessionId: string): string => `/jobs/${segment(sessionId)}/result`,
  webhooks: '/webhooks',
  webhook: (id: string): string => `/webhooks/${segment(id)}`,
  webhookAction: (id: string, action: 'rotate' | 'test'): string =>
    `/webhooks/${segment(id)}/${action}`,
  webhookDeliveries: (id: string): string => `/webhooks/${segment(id)}/deliveries`,
  redeliver: (id: string, delivery: string): string =>
    `/webhooks/${segment(id)}/deliveries/${segment(delivery)}/redeliver`,
  fileParts: (id: string): string => `/files/${segment(id)}/parts`,
  fileOutline: (id: string): string => `/files/${segment(id)}/outline`,
  fileFind: (id: string): string => `/files/${segment(id)}/find`,
  fileExport: (id: string): string => `/files/${segment(id)}/export`,
} as const;

/** Commands for a session or for one file of it. */
export type SessionAction = 'cancel' | 'pause' | 'resume' | 'retry';
