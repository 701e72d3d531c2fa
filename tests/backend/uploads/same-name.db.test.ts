/**
 * Files that differ in nothing but their folder and their bytes, sent by the browser's own code.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folders } from '../../../frontend/src/lib/uploads/dropped-files.ts';
import { UploadQueue } from '../../../frontend/src/lib/uploads/upload-queue.ts';
import { eventually, notProblem, sha256, startTestApp, type TestApp } from '../../support/app.ts';
import { type BrowserOptions, uploadApiOf } from '../../support/browser-uploads.ts';
import { type S3Double, settingsOf, startS3Double } from '../../support/s3-double.ts';
import { locationOf, offsetOf, tusOf } from '../../support/tus.ts';

const MB = 1024 * 1024;
const SIZE = 18 * MB;
const HALF = 9 * MB;

/** Alike in name, size and time. */
function fileOf(bytes: Uint8Array<ArrayBuffer>, folder: string): File {
  const file = new File([bytes], 'report.pdf', { lastModified: 1_700_000_000_000 });
  folders.set(file, folder);
  return file;
}

describe.each(['disk', 's3'])('storage: %s', (kind) => {
  let app: TestApp;
  let double: S3Double;
  const one = new Uint8Array(randomBytes(SIZE));
  /** Begins as the other one, and differs within the half that is sent first. */
  const two = new Uint8Array(one);
  two[HALF - 1]! ^= 1;

  beforeAll(async () => {
    double = startS3Double();
    app = await startTestApp({
      storage: kind === 'disk' ? { kind: 'disk' } : settingsOf(double),
    });
  });
  afterAll(async () => {
    await app.stop();
    await double.stop();
  });

  function tab(options: BrowserOptions) {
    return new UploadQueue(uploadApiOf(app, options), { retries: 0 });
  }

  /** A session whose file is half there; its tab is gone. */
  async function halfSent(knowledgeId: string, folder: string): Promise<string> {
    const closed = tab({ cutAfter: HALF });
    const { session_id, files } = await closed.add(knowledgeId, [fileOf(one, folder)]);
    const jobId = files[0]!.job_id;
    await eventually(
      () => Promise.resolve(closed.uploads.get(jobId)?.state.kind),
      (kind) => kind === 'failed',
    );
    const [pending] = (await app.get(`/uploads?knowledge_id=${knowledgeId}`)).body.items;
    expect(pending.received).toBeGreaterThan(8 * MB);
    return session_id;
  }

  async function storedHashes(knowledgeId: string): Promise<string[]> {
    const rows = await app.sql`select meta::jsonb ->> 'file_hash' as hash from file
      where meta::jsonb #>> '{data,knowledge_id}' = ${knowledgeId}`;
    return rows.map(({ hash }) => hash as string);
  }

  async function sendAfterReload(knowledgeId: string, file: File): Promise<string> {
    const reloaded = tab({ cutAfter: null });
    const { session_id } = await reloaded.add(knowledgeId, [file]);
    await eventually(
      () => Promise.resolve([...reloaded.uploads.values()].map(({ state }) => state.kind)),
      (kinds) => kinds.includes('sent'),
    );
    return session_id;
  }

  test('the same file goes on where it stopped', async () => {
    const knowledgeId = await app.knowledge();
    const session = await halfSent(knowledgeId, 'a');
    expect(await sendAfterReload(knowledgeId, fileOf(one, 'a'))).toBe(session);
    expect(await storedHashes(knowledgeId)).toEqual([await sha256(one)]);
  });

  test('a file of another folder is a file of its own', async () => {
    const knowledgeId = await app.knowledge();
    const session = await halfSent(knowledgeId, 'a');
    expect(await sendAfterReload(knowledgeId, fileOf(two, 'b'))).not.toBe(session);
    expect(await storedHashes(knowledgeId)).toEqual([await sha256(two)]);
  });

  test('another file of the same folder is not mixed with what is there', async () => {
    const knowledgeId = await app.knowledge();
    await halfSent(knowledgeId, '');
    await sendAfterReload(knowledgeId, fileOf(two, ''));
    expect(await storedHashes(knowledgeId)).toEqual([await sha256(two)]);
    // The half that was there still waits for its own file.
    await sendAfterReload(knowledgeId, fileOf(one, ''));
    expect((await storedHashes(knowledgeId)).sort())
      .toEqual([await sha256(one), await sha256(two)].sort());
  });

  test('the server adds no byte of another file, and takes none for whole', async () => {
    const tus = tusOf(app);
    const at = locationOf(await tus.create(4, { filename: 'a.txt' }));
    await tus.send(at, 0, 'ab');
    const digest = async (text: string) => {
      const block = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
      const all = await crypto.subtle.digest('SHA-256', block);
      return {
        headers: {
          'upload-prefix-digest': `sha256 ${btoa(String.fromCharCode(...new Uint8Array(all)))}`,
        },
      };
    };
    const other = await tus.send(at, 2, 'zz', await digest('ax'));
    expect(notProblem(other, 'upload_mismatch')).toBeNull();
    expect(offsetOf(await tus.head(at))).toBe(2);
    expect((await tus.send(at, 2, 'cd', await digest('ab'))).status).toBe(204);
    expect(notProblem(await tus.send(at, 4, '', await digest('axcd')), 'upload_mismatch'))
      .toBeNull();
    expect((await tus.send(at, 4, '', await digest('abcd'))).status).toBe(204);
  });
});
