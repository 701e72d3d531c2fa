/**
 * Sends the bytes of one file and tells how far it is. `fetch` cannot tell that, XMLHttpRequest can.
 *
 * @module
 */
/// <reference lib="dom" />
import { paths } from '#contract/paths.ts';
import type { FileRow, UploadMetadata } from '#contract/files.ts';
import { ApiError } from './api-error.ts';
import { readProblem } from './problem.ts';
import { apiUrl, authorization, type ClientOptions } from './request.ts';

export interface FileToSend {
  file: Blob;
  name: string;
  metadata: UploadMetadata;
}

export interface SendFileOptions {
  /** Called with the bytes of the file that have left. */
  onProgress?: (sentBytes: number) => void;
  signal?: AbortSignal;
}

/**
 * @throws {ApiError} any answer but 2xx, or none
 * @throws {DOMException} AbortError, when the signal aborts
 */
export function sendFile(
  client: ClientOptions,
  { file, name, metadata }: FileToSend,
  { onProgress, signal }: SendFileOptions = {},
): Promise<FileRow> {
  const form = new FormData();
  // The server reads the form as it arrives: what the bytes belong to has to come before them.
  form.append('metadata', JSON.stringify(metadata));
  form.append('file', file, name);
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal?.addEventListener('abort', abort);
    // Percent of the whole form, as its frame of a few hundred bytes belongs to no file.
    xhr.upload.onprogress = ({ loaded, total }) =>
      onProgress?.(total > 0 ? Math.min(1, loaded / total) * file.size : 0);
    xhr.onabort = () => reject(signal?.reason ?? new DOMException('Aborted', 'AbortError'));
    xhr.onerror = () => reject(lost());
    xhr.onload = () => readAnswer(xhr).then(resolve, reject);
    xhr.onloadend = () => signal?.removeEventListener('abort', abort);
    xhr.open('POST', apiUrl(client, paths.files));
    xhr.setRequestHeader('accept', 'application/json');
    for (const [key, value] of Object.entries(authorization(client))) {
      xhr.setRequestHeader(key, value);
    }
    xhr.send(form);
  });
}

async function readAnswer(xhr: XMLHttpRequest): Promise<FileRow> {
  const { status, responseText } = xhr;
  if (status >= 200 && status < 300) return JSON.parse(responseText) as FileRow;
  const retryAfter = xhr.getResponseHeader('retry-after');
  const headers = retryAfter === null ? undefined : { 'retry-after': retryAfter };
  const response = new Response(responseText, { status, ...(headers ? { headers } : {}) });
  const { detail, ...problem } = await readProblem(response, Date.now());
  throw new ApiError(detail, problem);
}

function lost(): ApiError {
  const detail = 'The connection was lost while sending. Check your network and try again.';
  return new ApiError(detail, { code: 'network', status: 0 });
}
