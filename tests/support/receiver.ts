/**
 * A local endpoint for webhooks that verifies what it is sent, and misbehaves on demand.
 *
 * @module
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { WebhookEvent } from '../../backend/contract/webhooks.ts';

/** What is done with one request instead of answering 204. */
export type Mishap = (response: ServerResponse) => void;

/** One request that arrived. */
export interface Received {
  readonly id: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Requests to `path`, in the order in which they came. */
  at(path: string): Received[];
  /** The next requests to `path` go wrong, one for each mishap. */
  next(path: string, ...mishaps: Mishap[]): void;
  close(): Promise<void>;
}

export const mishaps = {
  status: (status: number, headers: Record<string, string> = {}): Mishap => (response) =>
    void response.writeHead(status, headers).end('On demand'),
  /** The connection ends without an answer. */
  cut: ((response) => void response.socket?.destroy()) as Mishap,
  /** It ends in the middle of an answer of 200. */
  cutBody: ((response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('Half', () => {
      response.socket?.destroy();
    });
  }) as Mishap,
  /** No answer at all. */
  never: (() => {}) as Mishap,
};

/** Starts it; `close` ends every connection. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Map<string, Mishap[]>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => body += piece).on('end', () => {
      const headers = request.headers as Record<string, string>;
      const id = headers['webhook-id'] ?? '';
      received.push({ id, path, headers, body, at: performance.now() });
      const mishap = waiting.get(path)?.shift() ?? mishaps.status(204);
      mishap(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    at: (path) => received.filter((each) => each.path === path),
    next: (path, ...more) => void waiting.set(path, [...waiting.get(path) ?? [], ...more]),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a request says, checked as a receiver would. Throws where the signature is not right. */
export function verified({ body, headers }: Received, secret: string): WebhookEvent {
  return new Webhook(secret).verify(body, headers) as WebhookEvent;
}
