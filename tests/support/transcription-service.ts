/**
 * A local server that speaks the protocol of the transcription service, and misbehaves on demand.
 *
 * @module
 */
import { toChannels } from '../../backend/processing/transcribe/samples.ts';
import { readWavFormat } from '../../backend/processing/transcribe/wav.ts';

/** What arrived in one request. */
export interface ServedSegment {
  /** Of the sound: the same bytes are the same segment. */
  readonly key: string;
  /** In [-1, 1]. */
  readonly samples: Float32Array;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Headers;
}

/** What is answered instead of the words. */
export type Mishap = (segment: ServedSegment) => Response | Promise<Response>;

export interface TranscriptionServiceOptions {
  /** What is said. @default the number of samples and their sum */
  hear?: (samples: Float32Array) => Promise<string> | string;
  /** Into how many phrases the words of a segment are divided. @default 1 */
  phrases?: number;
  /** Every answer takes this long, milliseconds. @default 0 */
  workMs?: number;
  /** So many different segments are answered; others wait until it is more. @default all */
  segments?: number;
  /** Goes wrong with this segment each time; null where it does not. */
  always?: (segment: ServedSegment, count: number) => Mishap | null;
}

export interface TranscriptionService {
  readonly url: string;
  /** Every request that arrived, mishaps included, in order. */
  readonly requests: ServedSegment[];
  /** Requests at work now, and the most there ever were. */
  readonly atWork: { now: number; most: number };
  readonly options: TranscriptionServiceOptions;
  /** The next requests go wrong, one for each mishap. */
  next(...mishaps: Mishap[]): void;
  /** How often each segment was asked for, in the order of the first time. */
  counts(): number[];
  /** Refuses connections. */
  goDown(): Promise<void>;
  /** Listens again, where it did before. */
  comeBack(): void;
  close(): Promise<void>;
}

/** Ways to go wrong. */
export const mishaps = {
  status:
    (status: number, headers: Record<string, string> = {}, message = 'On demand'): Mishap => () =>
      Response.json({ error: { message } }, { status, headers }),
  notJson: (() => new Response('<html>Bad gateway')) as Mishap,
  /** The body ends in the middle, and the connection with it. */
  cut: (() =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"text":'));
          setTimeout(() => controller.error(new Error('Cut on demand')), 5);
        },
      }),
      { headers: { 'content-length': '1000' } },
    )) as Mishap,
  slow: (ms: number): Mishap => async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return Response.json({ text: 'Too late' });
  },
};

/** Tells one sound from another, and nothing else. */
export const sumOf = (samples: Float32Array): string =>
  `${samples.length} ${samples.reduce((sum, sample) => sum + sample, 0)}`;

/** Starts it; `close` ends every connection. */
export function startTranscriptionService(
  options: TranscriptionServiceOptions = {},
): TranscriptionService {
  const waiting: Mishap[] = [];
  let port = 0;
  let server: Deno.HttpServer | null = null;
  let ending = new AbortController();
  const service: TranscriptionService = {
    url: '',
    requests: [],
    atWork: { now: 0, most: 0 },
    options,
    next: (...more) => void waiting.push(...more),
    counts() {
      const counts = new Map<string, number>();
      for (const { key } of service.requests) counts.set(key, (counts.get(key) ?? 0) + 1);
      return [...counts.values()];
    },
    async goDown() {
      ending.abort();
      await server?.finished;
    },
    comeBack() {
      ending = new AbortController();
      server = Deno.serve(
        { hostname: '127.0.0.1', port, signal: ending.signal, onListen: () => {}, onError },
        handle,
      );
      port = (server.addr as Deno.NetAddr).port;
    },
    close: () => service.goDown(),
  };

  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== 'POST' || pathname !== '/v1/audio/transcriptions') {
      return Response.json({ error: { message: `Nothing here: ${pathname}` } }, { status: 404 });
    }
    const { atWork } = service;
    atWork.most = Math.max(atWork.most, ++atWork.now);
    try {
      const segment = await segmentOf(request);
      service.requests.push(segment);
      const count = service.requests.filter(({ key }) => key === segment.key).length;
      const mishap = options.always?.(segment, count) ?? waiting.shift();
      await turnOf(segment, request.signal);
      if (options.workMs) await new Promise((resolve) => setTimeout(resolve, options.workMs));
      return await (mishap?.(segment) ?? answer(segment, options));
    } finally {
      atWork.now--;
    }
  }

  async function turnOf({ key }: ServedSegment, gone: AbortSignal): Promise<void> {
    const place = [...new Set(service.requests.map((segment) => segment.key))].indexOf(key);
    while (place >= (options.segments ?? Infinity) && !gone.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  service.comeBack();
  return Object.assign(service, { url: `http://127.0.0.1:${port}` });
}

const onError = () => new Response(null, { status: 500 });

async function segmentOf(request: Request): Promise<ServedSegment> {
  const form = await request.formData();
  const file = form.get('file') as File;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const readAt = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  const format = readWavFormat(readAt, bytes.length);
  const samples = toChannels(bytes.subarray(format.dataStart), format)[0]!;
  const texts = [...form].filter((entry): entry is [string, string] =>
    typeof entry[1] === 'string'
  );
  const { headers } = request;
  return { key: sumOf(samples), samples, fields: Object.fromEntries(texts), headers };
}

async function answer(
  { samples }: ServedSegment,
  { hear = sumOf, phrases = 1 }: TranscriptionServiceOptions,
): Promise<Response> {
  const text = await hear(samples);
  const duration = samples.length / 16_000;
  const words = text.split(' ');
  const each = Math.ceil(words.length / phrases);
  const segments = Array.from({ length: phrases }, (_, id) => ({
    id,
    start: duration * id / phrases,
    end: duration * (id + 1) / phrases,
    text: ` ${words.slice(id * each, (id + 1) * each).join(' ')}`,
  }));
  return Response.json({ task: 'transcribe', language: 'english', duration, text, segments });
}
