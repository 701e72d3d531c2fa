/**
 * The API as functions.
 *
 * @module
 */
import { paths, type SessionAction } from '#contract/paths.ts';
import type {
  ExportedFile,
  ExportFormatName,
  FileOutline,
  FileParts,
  FileRow,
  FileState,
  FoundInside,
  SearchResults,
} from '#contract/files.ts';
import type { FileKind } from '#contract/kinds.ts';
import type {
  CreateKnowledge,
  Knowledge,
  KnowledgeFiles,
  KnowledgeList,
} from '#contract/knowledge.ts';
import type { FileToCompare, KnownFiles } from '#contract/known-files.ts';
import type {
  BatchStatus,
  Cleared,
  Priority,
  SessionStatus,
  SessionStatusDocument,
} from '#contract/progress.ts';
import type {
  SessionAccepted,
  SessionFiles,
  SessionList,
  StartSession,
} from '#contract/sessions.ts';
import { jobCalls } from './job-calls.ts';
import { preferenceCalls } from './preference-calls.ts';
import { processingCalls } from './processing-calls.ts';
import { queueCalls } from './queue-calls.ts';
import type { PendingUploads } from '#contract/uploads.ts';
import { apiUrl, type ClientOptions, createRequest } from './request.ts';
import { type FileToSend, sendFile, type SendFileOptions } from './send-file.ts';
import { webhookCalls } from './webhook-calls.ts';

/** Files or knowledge bases on one page of a list. */
export const PAGE_SIZE = 30;

export interface SearchAllQuery {
  /** Hits a page, 100 at most. @default 20 */
  limit?: number;
  offset?: number;
  /** The best hit of each file, instead of all. */
  group?: 'file';
  /** Hits in this file alone. */
  file_id?: string;
  signal?: AbortSignal;
}

export interface ListFilesQuery {
  query?: string;
  order_by?: string;
  direction?: 'asc' | 'desc';
  /** 1-based. */
  page?: number;
  /** Files a page, 200 at most. */
  limit?: number;
  /** Takes in what is not ready too, each with where it stands. */
  state?: FileState | 'all';
  kind?: FileKind;
}

export interface SessionsQuery {
  knowledge_id?: string | undefined;
  live?: 'true' | 'false';
  /** Leaves out those of others. */
  mine?: 'true' | undefined;
  status?: SessionStatus | undefined;
  /** Only those with failed files, or without. */
  failed?: 'true' | 'false' | undefined;
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ExportQuery {
  /** Page marks, or times, in plain text. */
  marks?: 'true';
  /** To be shown, as the captions of a video. */
  download?: 'false';
}

export type HeadwayClient = ReturnType<typeof createHeadwayClient>;

/** Every function throws {@link ApiError} when the call fails. */
// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function createHeadwayClient(options: ClientOptions = {}) {
  const request = createRequest(options);
  return {
    options,
    ...sessionCalls(request),
    ...jobCalls(request),
    ...queueCalls(request),
    ...preferenceCalls(request),
    ...webhookCalls(request),
    ...processingCalls(request),
    ...knowledgeCalls(request),
    ...fileCalls(request, options),
  };
}

type Request = ReturnType<typeof createRequest>;

/** The files of a session that is asked to do something can be many, and nobody waits for them. */
const MINIMAL = { headers: { prefer: 'return=minimal' } };

export interface SessionFilesQuery {
  since?: number;
  /** Jobs to be told of in any case, 100 at most. */
  ids?: readonly string[];
  offset?: number;
}

function sessionCalls(request: Request) {
  return {
    sessionStatus: (id: string, files = false) =>
      request<SessionStatusDocument>('GET', paths.sessionStatus(id), {
        query: { files: files ? 'true' : undefined },
      }),
    batchStatus: (ids: readonly string[]) => request<BatchStatus>('GET', paths.batchStatus(ids)),
    sessions: (query: SessionsQuery = {}) =>
      request<SessionList>('GET', paths.sessions, { query: { ...query } }),
    /** The same `operationId` again is the same session. */
    startSession: (knowledgeId: string, body: StartSession, operationId: string) =>
      request<SessionAccepted>('POST', paths.startSession(knowledgeId), {
        body,
        headers: { 'operation-id': operationId },
      }),
    controlSession: (id: string, action: SessionAction) =>
      request<SessionStatusDocument>('POST', paths.sessionAction(id, action), MINIMAL),
    controlFile: (sessionId: string, jobId: string, action: SessionAction) =>
      request<SessionStatusDocument>('POST', paths.fileAction(sessionId, jobId, action), MINIMAL),
    /** Failed files only, without cancelled ones. */
    retryFailedFiles: (id: string) =>
      request<SessionStatusDocument>('POST', paths.retryFailed(id), MINIMAL),
    /** Of a whole session, or of one file of it; higher or lower. */
    setPriority: (id: string, priority: Priority, jobId?: string) =>
      request<SessionStatusDocument>(
        'POST',
        jobId === undefined ? paths.sessionPriority(id) : paths.filePriority(id, jobId),
        { body: { priority }, ...MINIMAL },
      ),
    /** With `since`, the `cursor` of an earlier answer, only what has changed, and `ids`. */
    sessionFiles: (id: string, query: SessionFilesQuery = {}, signal?: AbortSignal) =>
      request<SessionFiles>('GET', paths.sessionFiles(id), {
        query: { ...query, ids: query.ids?.join(',') },
        signal,
      }),
    /** A new session for the files of an old one. */
    repeatSession: (id: string) => request<SessionAccepted>('POST', paths.sessionAgain(id)),
    clearSession: (id: string) => request<Cleared>('DELETE', paths.progress(id)),
  };
}

function knowledgeCalls(request: Request) {
  return {
    /** `page` is 1-based. */
    listKnowledge: (page = 1) =>
      request<KnowledgeList>('GET', paths.knowledgeList, { query: { page } }),
    searchKnowledge: (query: string, page = 1) =>
      request<KnowledgeList>('GET', paths.knowledgeSearch, { query: { query, page } }),
    createKnowledge: (body: CreateKnowledge) =>
      request<Knowledge>('POST', paths.knowledgeCreate, { body }),
    knowledge: (id: string) => request<Knowledge>('GET', paths.knowledge(id)),
    updateKnowledge: (id: string, body: CreateKnowledge) =>
      request<Knowledge>('POST', paths.knowledgeUpdate(id), { body }),
    deleteKnowledge: (id: string) => request<boolean>('DELETE', paths.knowledgeDelete(id)),
    listFiles: (id: string, query: ListFilesQuery = {}) =>
      request<KnowledgeFiles>('GET', paths.knowledgeFiles(id), { query: { ...query } }),
    /** Which of these are there already; asked before they are sent. */
    knownFiles: (id: string, files: FileToCompare[]) =>
      request<KnownFiles>('POST', paths.knowledgeKnown(id), { body: { files } }),
    pendingFiles: (id: string) => request<FileRow[]>('GET', paths.knowledgePending(id)),
    removeFile: (id: string, fileId: string) =>
      request<unknown>('POST', paths.fileRemove(id), { body: { file_id: fileId } }),
    /** Over all files that the asker may read. */
    searchAll: (q: string, { signal, ...query }: SearchAllQuery = {}) =>
      request<SearchResults>('GET', paths.searchAll, { query: { q, ...query }, signal }),
    search: (id: string, q: string, limit = 20, signal?: AbortSignal, offset = 0) =>
      request<SearchResults>('GET', paths.search(id), { query: { q, limit, offset }, signal }),
  };
}

function fileCalls(request: Request, options: ClientOptions) {
  return {
    /** With its text unless told otherwise: that of a long document is megabytes. */
    file: (id: string, { content = true } = {}) =>
      request<FileRow>('GET', paths.file(id), {
        query: { content: content ? undefined : 'false' },
      }),
    fileParts: (id: string, offset = 0, limit = 500) =>
      request<FileParts>('GET', paths.fileParts(id), { query: { offset, limit } }),
    fileOutline: (id: string) => request<FileOutline>('GET', paths.fileOutline(id)),
    findInside: (id: string, q: string, signal?: AbortSignal) =>
      request<FoundInside>('GET', paths.fileFind(id), { query: { q }, signal }),
    exportFile: (id: string) =>
      request<ExportedFile>('GET', paths.fileExport(id), { query: { format: 'json' } }),
    /** Address of the text in one of its forms; the cookie signs it. */
    exportUrl: (id: string, format: ExportFormatName, query: ExportQuery = {}): string =>
      apiUrl(options, paths.fileExport(id), { format, ...query }),
    /** Takes it out of a knowledge base, as its owner; the answer says where else it is. */
    endFileLink: (id: string, knowledgeId: string) =>
      request<FileRow>('DELETE', paths.fileLink(id, knowledgeId)),
    deleteFile: (id: string) => request<unknown>('DELETE', paths.file(id)),
    /** Address of the bytes, for `<audio>`, `<video>` and links; the cookie signs it. */
    contentUrl: (id: string, download = false): string =>
      apiUrl(options, paths.fileContent(id), { download: download ? 1 : undefined }),
    /** Files that this user has announced and not yet sent whole. */
    pendingUploads: (knowledgeId?: string) =>
      request<PendingUploads>('GET', paths.uploads, { query: { knowledge_id: knowledgeId } }),
    sendFile: (file: FileToSend, sending?: SendFileOptions) => sendFile(options, file, sending),
  };
}
