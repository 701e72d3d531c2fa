/**
 * A local server that speaks the protocol of the analysis service, and misbehaves on demand.
 *
 * @module
 */

/** What is done with one request instead of answering it as it should be. */
export type Mishap = (request: Request) => Response | Promise<Response>;

/** An operation as the service knows it. */
export interface ServedOperation {
  readonly id: string;
  readonly analyzer: string;
  /** Of the first submit; submitting again under this id is no new operation. */
  readonly requestId: string;
  readonly contentType: string;
  readonly body: string;
  polls: number;
  startedAt: number;
}

export interface AnalysisServiceOptions {
  /** An operation takes this long, milliseconds. @default 0 */
  workMs?: number;
  /** What it says when it is done. @default 'Succeeded' */
  verdict?: string;
  /** The `result` of every operation. @default two pages */
  result?: unknown;
  /** Answers everything with 503. */
  down?: boolean;
  /** Header of every answer while it is at work. @default none */
  retryAfter?: string;
}

export interface AnalysisService {
  readonly url: string;
  /** Every submit that arrived, mishaps included. */
  readonly submits: string[];
  readonly operations: Map<string, ServedOperation>;
  /** When each poll of an operation arrived, milliseconds of `performance.now()`. */
  readonly polledAt: number[];
  /** Headers of the latest request. */
  lastHeaders: Headers;
  readonly options: AnalysisServiceOptions;
  /** The next requests of this kind go wrong, one for each mishap. */
  next(kind: 'submit' | 'poll', ...mishaps: Mishap[]): void;
  /** Forgets all operations: they are answered with 404. */
  forget(): void;
  close(): Promise<void>;
}

export const TWO_PAGES = {
  analyzerId: 'prebuilt-documentSearch',
  apiVersion: '2025-11-01',
  contents: [{
    kind: 'document',
    markdown:
      '# A ship\n\nIt sails.\n<!-- PageNumber="1" -->\n\n<!-- PageBreak -->\n\nThe albatross follows.',
    pages: [{ pageNumber: 1 }, { pageNumber: 2 }],
    fields: { Summary: { type: 'string', valueString: 'A ship and an albatross' } },
  }],
};

/** Ways to go wrong. */
export const mishaps = {
  status: (status: number, headers: Record<string, string> = {}): Mishap => () =>
    Response.json({ error: { code: `E${status}`, message: 'On demand' } }, { status, headers }),
  notJson: (status = 200): Mishap => () => new Response('<html>Bad gateway', { status }),
  /** The body ends in the middle, and the connection with it. */
  cut: (() =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"status":'));
          setTimeout(() => controller.error(new Error('Cut on demand')), 5);
        },
      }),
      { headers: { 'content-length': '1000' } },
    )) as Mishap,
  never:
    ((request) =>
      new Promise<Response>((resolve) =>
        request.signal.addEventListener('abort', () => resolve(new Response(null, { status: 499 })))
      )) as Mishap,
};

/** Starts it; `close` ends every connection. */
export function startAnalysisService(options: AnalysisServiceOptions = {}): AnalysisService {
  const ending = new AbortController();
  const waiting: Record<'submit' | 'poll', Mishap[]> = { submit: [], poll: [] };
  const service: AnalysisService = {
    url: '',
    submits: [],
    operations: new Map(),
    polledAt: [],
    lastHeaders: new Headers(),
    options,
    next: (kind, ...more) => void waiting[kind].push(...more),
    forget: () => service.operations.clear(),
    async close() {
      ending.abort();
      await server.finished;
    },
  };
  const server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, signal: ending.signal, onListen: () => {}, onError },
    async (request) => {
      const { pathname } = new URL(request.url);
      service.lastHeaders = request.headers;
      if (options.down) return mishaps.status(503)(request);
      const [, analyzer] = /analyzers\/([^/]+):analyze(Binary)?$/.exec(pathname) ?? [];
      const [, id] = /analyzerResults\/([^/]+)$/.exec(pathname) ?? [];
      if (analyzer && request.method === 'POST') {
        service.submits.push(request.headers.get('operation-id') ?? '');
        return await (waiting.submit.shift()?.(request) ?? submit(service, analyzer, request));
      }
      if (!id) return mishaps.status(404)(request);
      service.polledAt.push(performance.now());
      return await (waiting.poll.shift()?.(request) ?? poll(service, id));
    },
  );
  return Object.assign(service, { url: `http://127.0.0.1:${server.addr.port}` });
}

const onError = () => new Response(null, { status: 500 });

/** The same request id is the same operation. */
async function submit(
  service: AnalysisService,
  analyzer: string,
  request: Request,
): Promise<Response> {
  const requestId = request.headers.get('operation-id') ?? crypto.randomUUID();
  const body = await request.text();
  const known = [...service.operations.values()].find((each) => each.requestId === requestId);
  const operation = known ?? {
    id: crypto.randomUUID(),
    analyzer,
    requestId,
    contentType: request.headers.get('content-type') ?? '',
    body,
    polls: 0,
    startedAt: performance.now(),
  };
  service.operations.set(operation.id, operation);
  const location =
    `${service.url}/contentunderstanding/analyzerResults/${operation.id}?api-version=2025-11-01`;
  return Response.json({ id: operation.id, status: 'Running' }, {
    status: 202,
    headers: { 'operation-location': location },
  });
}

function poll({ operations, options }: AnalysisService, id: string): Response {
  const operation = operations.get(id);
  if (!operation) {
    return Response.json({ error: { message: 'No such operation' } }, { status: 404 });
  }
  operation.polls++;
  const { workMs = 0, verdict = 'Succeeded', result = TWO_PAGES, retryAfter } = options;
  if (performance.now() - operation.startedAt < workMs) {
    const headers = retryAfter ? { 'retry-after': retryAfter } : {};
    return Response.json({ id, status: 'Running' }, { headers: headers as HeadersInit });
  }
  const failed = /failed/i.test(verdict);
  return Response.json({
    id,
    status: verdict,
    ...(failed ? { error: { code: 'Bad', message: 'The pages are upside down' } } : { result }),
  });
}
