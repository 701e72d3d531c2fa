/**
 * Sends one file by the tus protocol. It resumes at the server's offset after any interruption, in
 * this tab or another. Only the server keeps the state of an upload.
 *
 * @module
 */
/// <reference lib="dom" />
import {
  DefaultHttpStack,
  DetailedError,
  type HttpRequest,
  type HttpResponse,
  type HttpStack,
  Upload,
} from 'tus-js-client';
import { paths } from '#contract/paths.ts';
import type { UploadMetadata } from '#contract/files.ts';
import { UPLOAD_PREFIX_DIGEST, UPLOAD_SENDER } from '#contract/uploads.ts';
import { ApiError } from './api-error.ts';
import { prefixDigest } from './prefix-digest.ts';
import { readProblem } from './problem.ts';
import { PROBLEM_WORDS } from './problem-words.ts';
import { apiUrl, authorization, type ClientOptions } from './request.ts';

export interface FileToSend {
  file: Blob;
  name: string;
  metadata: UploadMetadata;
}

export interface SendFileOptions {
  /** Called with the bytes of the file sent so far, those of earlier tries included. */
  onProgress?: (sentBytes: number) => void;
  /** Called when the bytes sent so far were lost, and the whole file is sent again. */
  onRestart?: () => void;
  signal?: AbortSignal;
  /** Identifies this tab, so that it can take over from a dead connection of its own. */
  sender?: string;
  /**
   * Bytes of the file that this caller sent before: they need no proof where none can be computed.
   */
  ownBytes?: number;
  /** Maximum bytes of a request, for proxies with a limit. @default no limit */
  chunkSize?: number;
  /** HTTP client. @default XMLHttpRequest, the only one that reports progress */
  httpStack?: HttpStack;
}

/** Maximum bytes of a file that is sent with the request that creates its upload. */
const WITH_CREATION_BYTES = 1024 * 1024;

/**
 * @throws {ApiError} a failed response, or none; bytes sent before are kept for a while
 * @throws {DOMException} AbortError, when the signal aborts
 */
export async function sendFile(
  client: ClientOptions,
  file: FileToSend,
  options: SendFileOptions = {},
): Promise<void> {
  let address: string | null = null;
  for (let attempt = 1;; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await sendOnce(client, file, options, address);
    } catch (error) {
      const next: string | null | undefined = attempt < 4
        ? whereToGoOn(error, options, client)
        : undefined;
      if (next === undefined) throw await asApiError(error);
      address = next;
    }
  }
}

/**
 * Returns the address to retry at once, null to create a new upload, or undefined if neither helps.
 */
function whereToGoOn(
  error: unknown,
  { onRestart }: SendFileOptions,
  client: ClientOptions,
): string | null | undefined {
  if (!(error instanceof DetailedError) || !error.originalResponse) return undefined;
  const request = error.originalRequest;
  const status = error.originalResponse.getStatus();
  if (status === 409 && request.getMethod() === 'POST') {
    const location = error.originalResponse.getHeader('location');
    return location ? addressOf(client, location) : undefined;
  }
  if (request.getMethod() !== 'PATCH') return undefined;
  // The server has more bytes than we knew: request its offset again.
  if (status === 409 && problemOf(error.originalResponse).code === 'conflict') {
    return request.getURL();
  }
  if (status !== 404 && status !== 410) return undefined;
  onRestart?.();
  return null;
}

/** Built from the upload's id: the server may be behind a prefix that it does not know. */
function addressOf(client: ClientOptions, location: string): string {
  return apiUrl(client, paths.upload(location.split('/').at(-1) ?? ''));
}

function sendOnce(
  client: ClientOptions,
  { file, name, metadata }: FileToSend,
  options: SendFileOptions,
  uploadUrl: string | null,
): Promise<void> {
  // An upload created by this call is its own; an older one has to be proved to be the same file.
  const { onProgress, onRestart, signal, sender, chunkSize, httpStack, ownBytes = 0 } = options;
  let unproven = uploadUrl !== null;
  return new Promise((resolve, reject) => {
    const done = () => signal?.removeEventListener('abort', abort);
    const upload = new Upload(file, {
      endpoint: apiUrl(client, paths.uploads),
      uploadUrl,
      metadata: metadataOf(name, file.type, metadata),
      headers: headersOf(client, sender),
      chunkSize: chunkSize ?? Infinity,
      // The caller retries: it knows the state of the network.
      retryDelays: null,
      storeFingerprintForResuming: false,
      uploadDataDuringCreation: file.size <= WITH_CREATION_BYTES,
      fileReader: blobReader,
      ...(httpStack ? { httpStack } : {}),
      onBeforeRequest: async (request) => {
        if (request.getMethod() !== 'PATCH' || !unproven) return;
        await prove(request, file, Number(request.getHeader('Upload-Offset')), ownBytes);
        unproven = false;
      },
      onProgress: (sent) => onProgress?.(sent),
      onUploadUrlAvailable: () => {
        if (upload.url) upload.url = addressOf(client, upload.url);
      },
      onAfterResponse: (request, answer) => {
        if (request.getMethod() === 'HEAD' && [404, 410].includes(answer.getStatus())) {
          onRestart?.();
        }
      },
      onSuccess: () => {
        done();
        // All bytes were there already: it is not proved yet that they are this file's.
        resolve(
          unproven && upload.url ? proveWhole(upload.url, { file, client }, options) : undefined,
        );
      },
      onError: (error) => {
        done();
        reject(mismatchIn(error) ?? error);
      },
    });
    const abort = () => {
      void upload.abort();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    upload.start();
  });
}

function headersOf(client: ClientOptions, sender: string | undefined): Record<string, string> {
  return { ...authorization(client), ...(sender ? { [UPLOAD_SENDER]: sender } : {}) };
}

/**
 * Adds the digest of the stored bytes to a request. Throws `upload_mismatch` where there is none.
 */
async function prove(
  request: HttpRequest,
  file: Blob,
  offset: number,
  ownBytes: number,
): Promise<void> {
  if (offset === 0) return;
  const digest = await prefixDigest(file, offset);
  if (digest !== null) request.setHeader(UPLOAD_PREFIX_DIGEST, digest);
  else if (offset > ownBytes) throw cannotProve();
}

/** Verifies a file whose bytes are all on the server against them. */
async function proveWhole(
  url: string,
  { file, client }: { file: Blob; client: ClientOptions },
  { httpStack = new DefaultHttpStack({}), sender, ownBytes = 0 }: SendFileOptions,
): Promise<void> {
  const request = httpStack.createRequest('PATCH', url);
  const headers = {
    ...headersOf(client, sender),
    'Tus-Resumable': '1.0.0',
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': `${file.size}`,
  };
  for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
  await prove(request, file, file.size, ownBytes);
  const response = await request.send(new Blob()).catch((error) => {
    throw lost(error);
  });
  if (response.getStatus() >= 400) throw await problemError(response);
}

function cannotProve(): ApiError {
  const detail =
    'What was sent before cannot be compared with this file. It is sent as a new file.';
  const reason = { code: 'upload_not_comparable', params: {} };
  return new ApiError(detail, { code: 'upload_mismatch', status: 409, reason });
}

/** Unwraps an error thrown by a hook: the library wraps it. */
function mismatchIn(error: unknown): ApiError | null {
  const cause = error instanceof DetailedError ? error.causingError : error;
  return cause instanceof ApiError ? cause : null;
}

function metadataOf(name: string, type: string, metadata: UploadMetadata): Record<string, string> {
  const all = { filename: name, filetype: type, ...metadata };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] =>
      typeof entry[1] === 'string' && entry[1] !== ''
    ),
  );
}

/** Reads a blob by slices, in every environment. */
const blobReader = {
  openFile: (blob: Blob) =>
    Promise.resolve({
      size: blob.size,
      slice: (start: number, end: number) =>
        Promise.resolve({ value: blob.slice(start, end), done: end >= blob.size }),
      close: () => {},
    }),
};

function problemOf(answer: HttpResponse): { code?: unknown } {
  try {
    return JSON.parse(answer.getBody()) as { code?: unknown };
  } catch {
    return {};
  }
}

async function asApiError(error: unknown): Promise<unknown> {
  if (!(error instanceof DetailedError)) return error;
  const answer = error.originalResponse;
  if (!answer || answer.getStatus() === 0) return lost(error);
  return await problemError(answer, error);
}

async function problemError(answer: HttpResponse, cause?: unknown): Promise<ApiError> {
  const retryAfter = answer.getHeader('retry-after');
  const response = new Response(answer.getBody(), {
    status: answer.getStatus(),
    ...(retryAfter ? { headers: { 'retry-after': retryAfter } } : {}),
  });
  const { detail, ...problem } = await readProblem(response, Date.now(), PROBLEM_WORDS);
  return new ApiError(detail, { ...problem, cause });
}

function lost(cause: unknown): ApiError {
  const detail = 'The connection was lost while sending. Check your network and try again.';
  return new ApiError(detail, { code: 'network', status: 0, cause });
}
