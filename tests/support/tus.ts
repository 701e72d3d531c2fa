/**
 * The tus protocol by hand, for tests of a server.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { API_BASE, paths } from '../../backend/contract/paths.ts';
import type { Answer, Ask, TestApp } from './app.ts';

export const VERSION = { 'tus-resumable': '1.0.0' };
export const BYTES = 'application/offset+octet-stream';

export function metadataHeader(metadata: Record<string, string>): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

export interface Tus {
  /** `POST`; with `body` it is creation-with-upload. */
  create(size: number, metadata: Record<string, string>, ask?: Ask): Promise<Answer>;
  head(at: string, ask?: Ask): Promise<Answer>;
  /** `PATCH`. */
  send(at: string, offset: number, body: BodyInit, ask?: Ask): Promise<Answer>;
  end(at: string, ask?: Ask): Promise<Answer>;
}

/** `at` is what Location said. */
export function tusOf(app: Pick<TestApp, 'ask'>): Tus {
  const below = (at: string) => at.replace(API_BASE, '');
  const ask = (method: string, path: string, headers: Record<string, string>, more: Ask = {}) =>
    app.ask(method, path, { ...more, headers: { ...VERSION, ...headers, ...more.headers } });
  return {
    create: (size, metadata, more) =>
      ask('POST', paths.uploads, {
        'upload-length': `${size}`,
        'upload-metadata': metadataHeader(metadata),
        ...(more?.body !== undefined && { 'content-type': BYTES }),
      }, more),
    head: (at, more) => ask('HEAD', below(at), {}, more),
    send: (at, offset, body, more) =>
      ask('PATCH', below(at), { 'content-type': BYTES, 'upload-offset': `${offset}` }, {
        ...more,
        body,
      }),
    end: (at, more) => ask('DELETE', below(at), {}, more),
  };
}

/** Where an answer says its upload is. */
export const locationOf = ({ headers }: Answer): string => headers.get('location') ?? 'nowhere';
/** How much of an upload is there, as an answer says. */
export const offsetOf = ({ headers }: Answer): number =>
  Number(headers.get('upload-offset') ?? NaN);
