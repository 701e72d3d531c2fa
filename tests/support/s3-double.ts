/**
 * A double of the S3 protocol, as far as this project and the tus store for S3 speak it, in memory.
 * It is no S3: it checks no signature, and has one bucket. What it answers follows the API reference
 * of Amazon S3 (REST): objects with ranges, multipart uploads, listing.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { StorageSettings } from '../../backend/uploads/open-storage.ts';

interface Stored {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly metadata: Record<string, string>;
  modified: Date;
}

interface Multipart {
  readonly key: string;
  readonly parts: Map<number, Uint8Array<ArrayBuffer>>;
}

export interface S3Double {
  readonly endpoint: string;
  readonly bucket: string;
  readonly objects: Map<string, Stored>;
  readonly multiparts: Map<string, Multipart>;
  /** Takes connections and requests, and answers none until {@link S3Double.comeBack}. */
  hang(): void;
  /** Refuses connections until {@link S3Double.comeBack}. */
  goAway(): Promise<void>;
  comeBack(): void;
  stop(): Promise<void>;
}

/** Settings of a storage in its bucket. */
export const settingsOf = ({ endpoint, bucket }: S3Double): StorageSettings => ({
  kind: 's3',
  endpoint,
  bucket,
  region: 'us-east-1',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
  prefix: 'headway/',
  forcePathStyle: true,
});

const LEAST_PART = 5 * 1024 * 1024;

export function startS3Double(bucket = 'bytes'): S3Double {
  const objects = new Map<string, Stored>();
  const multiparts = new Map<string, Multipart>();
  let hanging: PromiseWithResolvers<void> | null = null;
  const serve = (port: number) =>
    Deno.serve({ hostname: '127.0.0.1', port, onListen: () => {} }, async (request) => {
      if (!hanging) return await answer({ bucket, objects, multiparts }, request);
      await hanging.promise;
      return failure(503, 'SlowDown');
    });
  let server = serve(0);
  const { port } = server.addr;
  let away = false;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    objects,
    multiparts,
    hang: () => void (hanging = Promise.withResolvers()),
    async goAway() {
      away = true;
      await server.shutdown();
    },
    comeBack() {
      hanging?.resolve();
      hanging = null;
      if (away) server = serve(port);
      away = false;
    },
    async stop() {
      hanging?.resolve();
      if (!away) await server.shutdown();
    },
  };
}

type State = Pick<S3Double, 'bucket' | 'objects' | 'multiparts'>;

async function answer(state: State, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/');
  if (bucket !== state.bucket) return failure(404, 'NoSuchBucket');
  if (!request.headers.get('authorization')?.startsWith('AWS4-HMAC-SHA256 ')) {
    return failure(403, 'AccessDenied');
  }
  const key = rest.join('/');
  if (key === '') return await onBucket(state, request, searchParams);
  const uploadId = searchParams.get('uploadId');
  if (uploadId !== null) return await onMultipart(state, request, uploadId, searchParams);
  if (searchParams.has('uploads')) return beginMultipart(state, key);
  return await onObject(state, request, key);
}

async function onBucket(
  state: State,
  request: Request,
  query: URLSearchParams,
): Promise<Response> {
  if (request.method === 'HEAD') return new Response(null);
  if (request.method === 'POST' && query.has('delete')) {
    for (const [, key = ''] of (await request.text()).matchAll(/<Key>([^<]*)<\/Key>/g)) {
      state.objects.delete(key);
    }
    return xml('<DeleteResult></DeleteResult>');
  }
  const prefix = query.get('prefix') ?? '';
  const keys = [...state.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const contents = keys.map((key) => {
    const { bytes, modified } = state.objects.get(key)!;
    return `<Contents><Key>${key}</Key><Size>${bytes.length}</Size>` +
      `<LastModified>${modified.toISOString()}</LastModified></Contents>`;
  });
  return xml(
    `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
  );
}

async function onObject({ objects }: State, request: Request, key: string): Promise<Response> {
  if (request.method === 'PUT') {
    const bytes = await bodyOf(request);
    objects.set(key, { bytes, metadata: metadataOf(request), modified: new Date() });
    return new Response(null, { headers: { etag: etagOf(bytes) } });
  }
  if (request.method === 'DELETE') {
    objects.delete(key);
    return new Response(null, { status: 204 });
  }
  const object = objects.get(key);
  if (!object) {
    return request.method === 'HEAD'
      ? new Response(null, { status: 404 })
      : failure(404, 'NoSuchKey');
  }
  return send(request, object);
}

function send(request: Request, { bytes, metadata, modified }: Stored): Response {
  const headers = {
    ...metadata,
    etag: etagOf(bytes),
    'last-modified': modified.toUTCString(),
    'content-type': 'application/octet-stream',
  };
  const body = (part: Uint8Array<ArrayBuffer>) => request.method === 'HEAD' ? null : part;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '');
  if (!range) {
    return new Response(body(bytes), {
      headers: { ...headers, 'content-length': `${bytes.length}` },
    });
  }
  const part = bytes.subarray(Number(range[1]), range[2] ? Number(range[2]) + 1 : undefined);
  return new Response(body(part), {
    status: 206,
    headers: { ...headers, 'content-length': `${part.length}` },
  });
}

function beginMultipart({ multiparts }: State, key: string): Response {
  const id = crypto.randomUUID();
  multiparts.set(id, { key, parts: new Map() });
  return xml(
    `<InitiateMultipartUploadResult><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
  );
}

async function onMultipart(
  state: State,
  request: Request,
  id: string,
  query: URLSearchParams,
): Promise<Response> {
  const upload = state.multiparts.get(id);
  if (!upload) return failure(404, 'NoSuchUpload');
  switch (request.method) {
    case 'PUT': {
      const bytes = await bodyOf(request);
      upload.parts.set(Number(query.get('partNumber')), bytes);
      return new Response(null, { headers: { etag: etagOf(bytes) } });
    }
    case 'GET':
      return listParts(upload);
    case 'DELETE':
      state.multiparts.delete(id);
      return new Response(null, { status: 204 });
    default:
      return complete(state, id, upload);
  }
}

function listParts({ parts }: Multipart): Response {
  const listed = [...parts].sort(([a], [b]) => a - b).map(([number, bytes]) =>
    `<Part><PartNumber>${number}</PartNumber><ETag>${etagOf(bytes)}</ETag>` +
    `<Size>${bytes.length}</Size></Part>`
  );
  return xml(
    `<ListPartsResult><IsTruncated>false</IsTruncated>${listed.join('')}</ListPartsResult>`,
  );
}

/** Every part but the last has 5 MB or more, or the service refuses. */
function complete(state: State, id: string, { key, parts }: Multipart): Response {
  const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  if (inOrder.slice(0, -1).some((bytes) => bytes.length < LEAST_PART)) {
    return failure(400, 'EntityTooSmall');
  }
  const bytes = joined(inOrder);
  state.objects.set(key, { bytes, metadata: {}, modified: new Date() });
  state.multiparts.delete(id);
  return xml(`<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (request.headers.get('content-encoding')?.includes('aws-chunked')) {
    throw new Error('The double does not speak aws-chunked');
  }
  return await request.bytes();
}

const metadataOf = ({ headers }: Request) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-amz-meta-')));

const etagOf = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`;

const xml = (body: string, status = 200) =>
  new Response(`<?xml version="1.0" encoding="UTF-8"?>${body}`, {
    status,
    headers: { 'content-type': 'application/xml' },
  });

const failure = (status: number, code: string) =>
  xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`, status);
