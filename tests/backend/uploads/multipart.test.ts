/**
 * Multipart uploads that fail on the side of the server.
 */
import { expect, test } from 'vitest';
import { receiveMultipart } from '../../../backend/uploads/multipart.ts';
import type { Storage } from '../../../backend/uploads/storage.ts';

test.each([10, 3_000_000])(
  'a failure of the admission check is thrown as it is, not as a broken body of %i bytes',
  async (size) => {
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(size)]), 'a.bin');
    const lost = new Error('The connection to the database was lost');
    const receiving = receiveMultipart(
      new Request('http://localhost/', { method: 'POST', body }),
      { receive: () => Promise.reject(new Error('not reached')) } as unknown as Storage,
      { maxBytes: 10_000_000, onFile: () => Promise.reject(lost) },
    );
    await expect(receiving).rejects.toBe(lost);
  },
);

test.each([10, 3_000_000])(
  'a failure of the file system is thrown as it is, not as a broken body of %i bytes',
  async (size) => {
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(size)]), 'a.bin');
    const failure = Object.assign(new Error('Input/output error'), { code: 'EIO' });
    const receiving = receiveMultipart(
      new Request('http://localhost/', { method: 'POST', body }),
      { receive: () => Promise.reject(failure) } as unknown as Storage,
      { maxBytes: 10_000_000 },
    );
    await expect(receiving).rejects.toBe(failure);
  },
);
