/**
 * The parts of a file in the browser: loaded as they are needed, and as they are read.
 *
 * @module
 */
import type { FileParts, Part } from '#contract/files.ts';
import { describe, expect, it } from 'vitest';
import type { HeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { FileContent } from '../../frontend/src/lib/state/file.svelte.ts';
import { PartStore } from '../../frontend/src/lib/state/part-store.svelte.ts';
import { ApiError } from '../../frontend/src/lib/index.ts';
import { pagesOf, segmentsOf } from '../support/parts.ts';

const numbered = (length: number) => Array.from({ length }, (_, at) => `Text ${at}`);

/** A server whose file can grow, and that remembers what it was asked. */
function serverOf(kind: FileParts['kind'], parts: Part[]) {
  const server = {
    kind,
    parts,
    complete: true,
    asked: [] as [offset: number, limit: number][],
    failure: null as Error | null,
    client: null as never as HeadwayClient,
  };
  const about = () => ({
    kind: server.kind,
    duration: null,
    table: false,
    complete: server.complete,
  });
  const client = {
    file: () => Promise.resolve({ id: 'f', data: {}, meta: {} }),
    fileParts: (_id: string, offset: number, limit: number) => {
      if (server.failure) return Promise.reject(server.failure);
      server.asked.push([offset, limit]);
      const total = server.parts.length;
      return Promise.resolve({
        ...about(),
        total,
        parts: server.parts.slice(offset, offset + limit),
      });
    },
    exportFile: () => Promise.resolve({ parts: server.parts }),
    fileOutline: () =>
      Promise.resolve({
        entries: [{ index: 0, count: server.parts.length, kind: 'page', label: null }],
      }),
  };
  server.client = client as never;
  return server;
}

describe('a document', () => {
  it('loads only what is needed of it, and that once', async () => {
    const server = serverOf('document', pagesOf(numbered(5_000)));
    const store = new PartStore(server.client, 'f');
    await store.load();
    expect([store.total, store.part(49)?.text, store.part(50)]).toEqual([
      5_000,
      'Text 49',
      undefined,
    ]);
    await Promise.all([store.need(4_321), store.need(4_322), store.need(3)]);
    await store.need(4_321);
    expect(store.part(4_321)?.text).toBe('Text 4321');
    expect(server.asked).toEqual([[0, 50], [4_300, 50]]);
    await store.need(5_000);
    expect(server.asked).toHaveLength(2);
  });

  it('asks again after a failure', async () => {
    const server = serverOf('document', pagesOf(numbered(100)));
    const store = new PartStore(server.client, 'f');
    await store.load();
    server.failure = new Error('Away');
    await expect(store.need(70)).rejects.toThrow('Away');
    server.failure = null;
    await store.need(70);
    expect(store.part(70)?.text).toBe('Text 70');
  });

  it('grows while it is read, from a page that was not full', async () => {
    const server = serverOf('document', pagesOf(numbered(70)));
    const store = new PartStore(server.client, 'f');
    await store.load();
    server.parts = pagesOf(numbered(80));
    await store.load();
    expect([store.total, store.part(79)?.text, store.outline[0]?.count]).toEqual([
      80,
      'Text 79',
      80,
    ]);
    expect(server.asked.at(-1)).toEqual([50, 50]);
  });
});

describe('the whole text', () => {
  it('has between its parts what stood there, else a blank line', async () => {
    const [first, second, third] = pagesOf(['12', '34', '56']);
    const parts = [first!, { ...second!, separator: '' }, third!];
    const { client } = serverOf('document', parts);
    expect(await new PartStore(client, 'f').text()).toBe('1234\n\n56');
  });
});

describe('a transcript', () => {
  it('loads all lines, the first ones first', async () => {
    const server = serverOf('transcript', segmentsOf(numbered(1_200)));
    const store = new PartStore(server.client, 'f');
    await store.load();
    expect(store.lines.map(({ text }) => text)).toEqual(numbered(1_200));
    expect(server.asked).toEqual([[0, 50], [50, 500], [550, 500], [1_050, 500]]);
  });

  it('asks only for new lines while it is transcribed', async () => {
    const server = serverOf('transcript', segmentsOf(numbered(3)));
    server.complete = false;
    const store = new PartStore(server.client, 'f');
    await store.load();
    expect(store.complete).toBe(false);
    server.parts = segmentsOf(numbered(5));
    server.complete = true;
    await store.load();
    expect(store.lines.map(({ text }) => text)).toEqual(numbered(5));
    expect([store.complete, server.asked.at(-1)]).toEqual([true, [3, 50]]);
  });

  it('begins anew when it was read anew, and is gone when that failed', async () => {
    const server = serverOf('transcript', segmentsOf(['a', 'b', 'c']));
    const store = new PartStore(server.client, 'f');
    await store.load();
    server.parts = segmentsOf(['new']);
    await store.load();
    expect(store.lines.map(({ text }) => text)).toEqual(['new']);
    server.kind = null;
    server.parts = [];
    await store.load();
    expect([store.lines, store.total, store.kind]).toEqual([[], 0, null]);
  });
});

describe('FileContent', () => {
  it('asks once more when something may have come since the load under way began', async () => {
    const server = serverOf('transcript', segmentsOf(['a']));
    const content = new FileContent(server.client, 'f');
    const first = content.load();
    server.parts = segmentsOf(['a', 'b']);
    await Promise.all([first, content.load(), content.load()]);
    expect(content.parts.lines).toHaveLength(2);
    expect(server.asked.length).toBeLessThanOrEqual(3);
  });

  it('keeps what is here when the newest cannot be had, and knows what is gone for good', async () => {
    const server = serverOf('transcript', segmentsOf(['a']));
    const content = new FileContent(server.client, 'f');
    await content.load();
    server.failure = new Error('Away');
    await content.load();
    expect(content.error).toEqual(new Error('Away'));
    expect([content.gone, content.parts.lines.length]).toEqual([false, 1]);
    server.failure = new ApiError('No such file', { code: 'file_not_found', status: 404 });
    await content.load();
    expect(content.gone).toBe(true);
  });
});
