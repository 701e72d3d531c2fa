/**
 * A whole installation for one test file: a database, a data folder, the API, and worker processes.
 *
 * @module
 */
import type { FileParts, FileRow, SearchResults } from '#contract/files.ts';
import type { Knowledge } from '#contract/knowledge.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { SessionAccepted } from '#contract/sessions.ts';
import { join } from 'node:path';
import type postgres from 'postgres';
import { loadJobs } from '../../backend/load-jobs.ts';
import {
  type AnalysisOptions,
  createHeadway,
  type TranscriptionOptions,
} from '../../backend/mod.ts';
import { createTestDatabase } from './database.ts';
import { type Gates, gatesIn } from './gated-reader.ts';
import { MODELS } from './models.ts';
import { type Program, startProgram, until, type Wait } from './processes.ts';

/** Sends a request to the API, wherever it runs. `path` is below `/api/v1`. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** What tests ask of an API. */
export interface Client {
  readonly send: Send;
  /** The JSON of a successful answer; anything else throws. */
  ask<T>(path: string, init?: RequestInit): Promise<T>;
  createKnowledge(): Promise<string>;
  /** Sends bytes without starting to process them. Returns the file's id. */
  upload(name: string, bytes: Uint8Array | string): Promise<string>;
  start(knowledgeId: string, fileIds: readonly string[], priority?: string): Promise<string>;
  status(sessionId: string): Promise<SessionStatusDocument>;
  /** The status once `is` holds for it. */
  reaches(
    sessionId: string,
    is: (status: SessionStatusDocument) => boolean,
    wait?: Wait,
  ): Promise<SessionStatusDocument>;
  file(id: string): Promise<FileRow>;
  parts(fileId: string): Promise<FileParts['parts']>;
  search(knowledgeId: string, words: string): Promise<SearchResults>;
}

export interface Installation extends Client {
  readonly url: string;
  readonly dataDir: string;
  readonly sql: postgres.Sql;
  /** What the API logged as unexpected; `close` throws where something is left. */
  readonly complaints: string[];
  /** Asks at a path below the root. */
  raw(path: string): Promise<Response>;
  /** Hold the readers of workers that are `gated`. */
  readonly gates: Gates;
  /** Starts a worker process and waits until it takes jobs. */
  /** `env` beside what it needs. */
  startWorker(env?: Record<string, string>): Promise<Program>;
  close(): Promise<void>;
}

const WORKER = 'backend/worker.ts';
const GATED_WORKER = 'tests/support/gated-worker.ts';

export interface InstallationOptions {
  /** A module whose `jobs` the API and its workers know, beside what the program brings. */
  readonly jobsModule?: string;
  /** Workers read files as far as the test's {@link Gates} are open. @default false */
  readonly gated?: boolean;
  /** A service that reads files. */
  readonly analysis?: Pick<AnalysisOptions, 'endpoint' | 'mediaTypes' | 'leastPollSeconds'> & {
    readonly key: string;
  };
  /** A service that transcribes recordings. */
  readonly transcription?: Pick<TranscriptionOptions, 'endpoint' | 'parallel'>;
}

/** For `beforeAll`; `afterAll` calls `close`. */
export async function createInstallation(
  { jobsModule, gated = false, analysis, transcription }: InstallationOptions = {},
): Promise<Installation> {
  const database = await createTestDatabase({ migrated: true });
  const dataDir = await createDataDir();
  const gatesFolder = join(dataDir, 'gates');
  await Deno.mkdir(gatesFolder);
  const complaints: string[] = [];
  const headway = await createHeadway({
    databaseUrl: database.url,
    dataDir,
    jobs: await loadJobs(jobsModule ?? null),
    analysis: analysis ?? null,
    transcription: transcription ?? null,
    log: (message) => complaints.push(message),
  });
  const send: Send = (path, init) =>
    Promise.resolve(headway.routes.request(`${API_BASE}${path}`, init));
  return {
    ...createClient(send),
    url: database.url,
    raw: async (path) => await headway.routes.request(path),
    dataDir,
    sql: database.sql,
    complaints,
    gates: gatesIn(gatesFolder),
    async startWorker(env = {}) {
      const program = startProgram({
        args: [gated ? GATED_WORKER : WORKER],
        env: {
          ...env,
          DATABASE_URL: database.url,
          DATA_DIR: dataDir,
          GATES: gatesFolder,
          ...(jobsModule && { JOBS_MODULE: jobsModule }),
          ...(analysis && {
            ANALYSIS_ENDPOINT: analysis.endpoint,
            ANALYSIS_KEY: analysis.key,
            ANALYSIS_MEDIA_TYPES: analysis.mediaTypes?.join(',') ?? '',
          }),
          ...(transcription && {
            TRANSCRIPTION_ENDPOINT: transcription.endpoint,
            TRANSCRIPTION_PARALLEL: `${transcription.parallel ?? 4}`,
          }),
        },
      });
      await program.printed(/takes jobs as/);
      return program;
    },
    async close() {
      await headway.stop();
      await database.drop();
      await Deno.remove(dataDir, { recursive: true });
      if (complaints.length > 0) throw new Error(`The API complained: ${complaints.join('\n')}`);
    },
  };
}

/** An empty data folder that knows where the speech model is. */
export async function createDataDir(): Promise<string> {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-data-' });
  await Deno.chmod(dataDir, 0o755);
  await Deno.mkdir(MODELS, { recursive: true });
  await Deno.symlink(MODELS, join(dataDir, 'models'));
  return dataDir;
}

export function createClient(send: Send): Client {
  async function ask<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await send(path, init);
    if (response.ok) return await response.json();
    throw new Error(
      `${init?.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`,
    );
  }
  const status = (id: string) =>
    ask<SessionStatusDocument>(`${paths.sessionStatus(id)}?files=true`);
  return {
    send,
    ask,
    status,
    async createKnowledge() {
      return (await ask<Knowledge>(paths.knowledgeCreate, json({ name: 'A knowledge base' }))).id;
    },
    async upload(name, bytes) {
      const body = new FormData();
      body.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
      const path = `${paths.files}?process=false`;
      return (await ask<FileRow>(path, { method: 'POST', body })).id;
    },
    async start(knowledgeId, fileIds, priority = 'high') {
      const body = { file_ids: fileIds, priority };
      return (await ask<SessionAccepted>(paths.startSession(knowledgeId), json(body))).session_id;
    },
    reaches: (id, is, wait) =>
      until(`a status of session ${id}`, async () => {
        const now = await status(id);
        return is(now) && now;
      }, wait),
    file: (id) => ask<FileRow>(paths.file(id)),
    parts: async (id) => (await ask<FileParts>(`${paths.fileParts(id)}?limit=500`)).parts,
    search: (id, words) => ask(`${paths.search(id)}?q=${encodeURIComponent(words)}`),
  };
}

export const isOver = ({ status }: SessionStatusDocument): boolean =>
  ['completed', 'error', 'cancelled'].includes(status);

export function json(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
