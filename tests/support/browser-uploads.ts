/**
 * The browser's side of uploads against an API in this process.
 *
 * @module
 */
import type { HttpRequest, HttpStack } from 'tus-js-client';
import { sendFile } from '../../frontend/src/lib/api/send-file.ts';
import type { UploadApi } from '../../frontend/src/lib/uploads/upload-queue.ts';
import type { TestApp } from './app.ts';

export interface BrowserOptions {
  /** Bytes of the next bodies that leave before their connections break; none are cut without it. */
  cutAfter: number | null;
}

/** What a tab's queue needs; `options` may be changed while it runs. */
export function uploadApiOf(app: TestApp, options: BrowserOptions): UploadApi {
  return {
    async startSession(knowledgeId, body) {
      return (await app.post(`/knowledge/${knowledgeId}/sessions`, body)).body;
    },
    async pendingUploads(knowledgeId) {
      return (await app.get(`/uploads?knowledge_id=${knowledgeId}`)).body;
    },
    sendFile: (file, given) =>
      sendFile({ baseUrl: '' }, file, { ...given, httpStack: stackOf(app, options) }),
  };
}

function stackOf({ headway }: TestApp, options: BrowserOptions): HttpStack {
  return {
    getName: () => 'in this process',
    createRequest(method, url): HttpRequest {
      const headers = new Headers();
      let progress = (_bytes: number) => {};
      return {
        getMethod: () => method,
        getURL: () => url,
        setHeader: (name, value) => headers.set(name, value),
        getHeader: (name) => headers.get(name) ?? undefined,
        setProgressHandler: (handler) => progress = handler,
        getUnderlyingObject: () => null,
        abort: () => Promise.resolve(),
        async send(body: Blob | null) {
          const cut = options.cutAfter;
          const cuts = cut !== null && body !== null && body.size > cut;
          const sent = body && (cuts ? broken(body.slice(0, cut)) : body);
          const response = await headway.routes.request(url, { method, headers, body: sent });
          if (cuts) throw new Error('The connection broke');
          if (body) progress(body.size);
          const text = await response.text();
          return {
            getStatus: () => response.status,
            getHeader: (name) => response.headers.get(name) ?? undefined,
            getBody: () => text,
            getUnderlyingObject: () => null,
          };
        },
      };
    },
  };
}

function broken(body: Blob): ReadableStream {
  const reader = body.stream().getReader();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.error(new Error('connection reset'));
      else controller.enqueue(value);
    },
  });
}
