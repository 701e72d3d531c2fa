/**
 * Sends one file by the tus protocol: it goes on where the server says it is, whatever happened
 * before, in this tab or another. What is known of it is kept by the server alone.
 *
 * @module
 */
/// <reference lib="dom" />
import { DetailedError, type HttpResponse, type HttpStack, Upload } from 'tus-js-client';
import { paths } from '#contract/paths.ts';
import type { UploadMetadata } from '#contract/files.ts';
import { UPLOAD_SENDER } from '#contract/uploads.ts';
import { ApiError } from './api-error.ts';
import { readProblem } from './problem.ts';
import { PROBLEM_WORDS } from './problem-words.ts';
import { apiUrl, authorization, type ClientOptions } from './request.ts';

export interface FileToSend {
  file: Blob;
  name: string;
  metadata: UploadMetadata;
}

export interface SendFileOptions {
  /** Called with the bytes of the file that have left, those of earlier tries included. */
  onProgress?: (sentBytes: number) => void;
  /** Called when what had been sent was not kept, and all is sent again. */
  onRestart?: () => void;
  signal?: AbortSignal;
  /** Names this tab, so that it can take over from a connection of its own that has died. */
  sender?: string;
  /** Bytes of a request at most, for proxies that allow no more. @default no limit */
  chunkSize?: number;
  /** How requests are sent. @default XMLHttpRequest, which alone tells of progress */
  httpStack?: HttpStack;
}

/** A file up to this size goes along with the request that begins its upload. */
const WITH_CREATION_BYTES = 1024 * 1024;

/**
 * @throws {ApiError} any answer but success, or none; what was sent until then is kept for a while
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

/** The address to try at once, null to begin anew, or undefined where that would not help. */
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
  // More of it is there than we knew: its end is asked for again.
  if (status === 409 && problemOf(error.originalResponse).code === 'conflict') {
    return request.getURL();
  }
  if (status !== 404 && status !== 410) return undefined;
  onRestart?.();
  return null;
}

/** By its id: the server may stand behind a prefix that it does not know. */
function addressOf(client: ClientOptions, location: string): string {
  return apiUrl(client, paths.upload(location.split('/').at(-1) ?? ''));
}

function sendOnce(
  client: ClientOptions,
  { file, name, metadata }: FileToSend,
  { onProgress, onRestart, signal, sender, chunkSize, httpStack }: SendFileOptions,
  uploadUrl: string | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => signal?.removeEventListener('abort', abort);
    const upload = new Upload(file, {
      endpoint: apiUrl(client, paths.uploads),
      uploadUrl,
      metadata: metadataOf(name, file.type, metadata),
      headers: { ...authorization(client), ...(sender ? { [UPLOAD_SENDER]: sender } : {}) },
      chunkSize: chunkSize ?? Infinity,
      // Whoever calls us tries again: it knows more of the network.
      retryDelays: null,
      storeFingerprintForResuming: false,
      uploadDataDuringCreation: file.size <= WITH_CREATION_BYTES,
      fileReader: blobReader,
      ...(httpStack ? { httpStack } : {}),
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
        resolve();
      },
      onError: (error) => {
        done();
        reject(error);
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

function metadataOf(name: string, type: string, metadata: UploadMetadata): Record<string, string> {
  const all = { filename: name, filetype: type, ...metadata };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] =>
      typeof entry[1] === 'string' && entry[1] !== ''
    ),
  );
}

/** A blob is read by slices, in every environment. */
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
  const retryAfter = answer.getHeader('retry-after');
  const response = new Response(answer.getBody(), {
    status: answer.getStatus(),
    ...(retryAfter ? { headers: { 'retry-after': retryAfter } } : {}),
  });
  const { detail, ...problem } = await readProblem(response, Date.now(), PROBLEM_WORDS);
  return new ApiError(detail, { ...problem, cause: error });
}

function lost(cause: unknown): ApiError {
  const detail = 'The connection was lost while sending. Check your network and try again.';
  return new ApiError(detail, { code: 'network', status: 0, cause });
}
