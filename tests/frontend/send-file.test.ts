/**
 * What goes over the wire for one file.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendFile } from '../../frontend/src/lib/api/send-file.ts';

class FakeXhr {
  static last: FakeXhr;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onabort?: () => void;
  onerror?: () => void;
  onload?: () => void;
  onloadend?: () => void;
  status = 0;
  responseText = '';
  readonly sentHeaders = new Headers();
  readonly answerHeaders = new Headers();
  method = '';
  url = '';
  form = new FormData();

  constructor() {
    FakeXhr.last = this;
  }
  open(method: string, url: string): void {
    Object.assign(this, { method, url });
  }
  setRequestHeader(key: string, value: string): void {
    this.sentHeaders.set(key, value);
  }
  getResponseHeader(key: string): string | null {
    return this.answerHeaders.get(key);
  }
  send(form: FormData): void {
    this.form = form;
  }
  abort(): void {
    this.onabort?.();
    this.onloadend?.();
  }
  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
    this.onloadend?.();
  }
}

beforeEach(() => vi.stubGlobal('XMLHttpRequest', FakeXhr));
afterEach(() => vi.unstubAllGlobals());

const file = () => ({
  file: new Blob([new Uint8Array(1_000)]),
  name: 'a.pdf',
  metadata: { knowledge_id: 'k1', job_id: 'j1' },
});

describe('sendFile()', () => {
  it('sends what the bytes belong to before the bytes', async () => {
    const sending = sendFile({ token: 'abc' }, file());
    const { form, method, url, sentHeaders } = FakeXhr.last;
    expect([method, url]).toEqual(['POST', '/api/v1/files/']);
    expect([...form.keys()]).toEqual(['metadata', 'file']);
    expect(JSON.parse(String(form.get('metadata')))).toEqual({ knowledge_id: 'k1', job_id: 'j1' });
    expect((form.get('file') as File).name).toBe('a.pdf');
    expect(sentHeaders.get('authorization')).toBe('Bearer abc');
    FakeXhr.last.answer(200, { id: 'f1' });
    expect(await sending).toEqual({ id: 'f1' });
  });

  it('tells bytes of the file, not of the form around it', async () => {
    const seen: number[] = [];
    const sending = sendFile({}, file(), { onProgress: (bytes) => seen.push(bytes) });
    FakeXhr.last.upload.onprogress?.({ loaded: 650, total: 1_300 });
    FakeXhr.last.upload.onprogress?.({ loaded: 1_300, total: 1_300 });
    FakeXhr.last.answer(200, {});
    await sending;
    expect(seen).toEqual([500, 1_000]);
  });

  it('throws ApiError with what the server says', async () => {
    const sending = sendFile({}, file());
    FakeXhr.last.answerHeaders.set('retry-after', '3');
    FakeXhr.last.answer(503, { code: 'unavailable', detail: 'The disk is full' });
    await expect(sending).rejects.toMatchObject({
      name: 'ApiError',
      status: 503,
      detail: 'The disk is full',
      retryAfterMs: 3_000,
    });
  });

  it('throws ApiError with code network when the connection is lost', async () => {
    const sending = sendFile({}, file());
    FakeXhr.last.onerror?.();
    await expect(sending).rejects.toMatchObject({ code: 'network', status: 0 });
  });

  it('throws AbortError when the signal aborts, before and while sending', async () => {
    const controller = new AbortController();
    const sending = sendFile({}, file(), { signal: controller.signal });
    controller.abort();
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    await expect(sendFile({}, file(), { signal: controller.signal })).rejects
      .toMatchObject({ name: 'AbortError' });
  });
});
