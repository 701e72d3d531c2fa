/**
 * Receives `multipart/form-data` (RFC 7578) with one file and streams it to the storage.
 *
 * @module
 */
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Busboy } from '@fastify/busboy';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Received, ReceiveOptions, Storage } from './storage.ts';

export interface Upload {
  readonly received: Received;
  /** The file's name as sent; clean it before use. */
  readonly filename: string;
  readonly fields: ReadonlyMap<string, string>;
}

export interface MultipartOptions extends Omit<ReceiveOptions, 'onProgress'> {
  /** Called before the bytes of the file are read; an error refuses them. */
  onFile?(filename: string, fields: ReadonlyMap<string, string>): Promise<void>;
  /** Called with the bytes so far and the fields that came before the file. */
  onProgress?(bytes: number, fields: ReadonlyMap<string, string>): void;
}

const FIELD_BYTES = 64 * 1024;
const MOST_FIELDS = 20;

/**
 * Reads a request's body. Throws {@link AppError}: `unsupported_media_type`, `invalid` (no file, or
 * more than one, or a broken body), `too_large`; errors of `onFile` pass unchanged. A failure
 * removes the stored bytes.
 */
export async function receiveMultipart(
  request: Pick<Request, 'headers' | 'body'>,
  storage: Storage,
  options: MultipartOptions,
): Promise<Upload> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType) || !request.body) {
    throw new AppError('unsupported_media_type', message('form_needed'));
  }
  const fields = new Map<string, string>();
  const files: Promise<Upload>[] = [];
  const streams: Readable[] = [];
  const refusals: unknown[] = [];
  const admit = async (filename: string) => {
    try {
      await options.onFile?.(filename, fields);
    } catch (error) {
      refusals.push(error);
      throw error;
    }
  };
  const parser = createParser(contentType);
  parser.on('field', (name: string, value: string) => fields.set(name, value));
  parser.on('file', (_field: string, stream: Readable, filename?: string) => {
    streams.push(stream);
    // The stream emits an error without being destroyed, maybe before it is read: reading would
    // never end.
    stream.on('error', (error) => stream.destroy(error));
    const onProgress = options.onProgress && ((n: number) => options.onProgress?.(n, fields));
    const receiving = admit(filename ?? '')
      .then(() => storage.receive(stream, { maxBytes: options.maxBytes, onProgress }))
      .catch((error) => {
        if (isOfSystem(error) && error !== stream.errored) refusals.push(error);
        throw error;
      })
      .then((received) => ({ received, filename: filename ?? '', fields }));
    receiving.catch((error) => parser.destroy(error));
    files.push(receiving);
  });
  const broken = await settle(feed(parser, request.body));
  if (broken) streams.forEach((stream) => stream.destroy(broken));
  const results = await Promise.allSettled(files);
  return await onlyFile(storage, results, broken, refusals);
}

/** True for a failure of a file system. That of the body is the error of its stream. */
const isOfSystem = (error: unknown) =>
  error instanceof Error && /^E[A-Z0-9]+$/.test(String((error as { code?: unknown }).code));

type Parser = InstanceType<typeof Busboy>;

function createParser(contentType: string): Parser {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { files: 2, fields: MOST_FIELDS, fieldSize: FIELD_BYTES },
      fileHwm: 256 * 1024,
    });
  } catch (cause) {
    throw new AppError('invalid', message('upload_malformed'), { cause });
  }
}

function feed(parser: Parser, body: ReadableStream<Uint8Array>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const source = Readable.fromWeb(body as NodeReadableStream);
  source.on('error', reject).on('error', (error) => parser.destroy(error));
  parser.on('error', reject).on('finish', resolve);
  source.pipe(parser);
  return promise;
}

async function settle(work: Promise<void>): Promise<Error | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function onlyFile(
  storage: Storage,
  results: readonly PromiseSettledResult<Upload>[],
  broken: Error | null,
  refusals: readonly unknown[],
): Promise<Upload> {
  const [first] = results;
  if (!broken && results.length === 1 && first?.status === 'fulfilled') return first.value;
  for (const result of results) {
    if (result.status === 'fulfilled') await storage.remove(result.value.received.path);
  }
  // A failure of the server itself, such as a lost connection to the database, is no broken body.
  throw refusals[0] ?? refusal(results, broken);
}

function refusal(
  results: readonly PromiseSettledResult<Upload>[],
  broken: Error | null,
): AppError {
  const reasons = results.flatMap((result) => result.status === 'rejected' ? [result.reason] : []);
  const known = [broken, ...reasons].find((reason) => reason instanceof AppError);
  if (known) return known;
  if (broken || reasons.length > 0) {
    const cause = broken ?? reasons[0];
    return new AppError('invalid', message('upload_incomplete'), { cause });
  }
  return results.length === 0
    ? new AppError('invalid', message('upload_without_file'))
    : new AppError('invalid', message('upload_of_several'));
}
