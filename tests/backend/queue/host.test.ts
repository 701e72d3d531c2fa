/** What a worker does with a file that takes too much, with a real child process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { READING_LIMITS, type ReadingLimits } from '../../../backend/processing/limits.ts';
import type { ProcessEvent } from '../../../backend/processing/processor.ts';
import { watchChild } from '../../../backend/queue/child-watch.ts';
import { createHost, type Host } from '../../../backend/queue/host.ts';
import { wavHeader } from '../../../backend/processing/transcribe/wav.ts';
import { makeHugePdf, makeZipBomb } from '../../support/documents.ts';

const MIB = 1024 * 1024;
const MODELS = new URL('../../../node_modules/.headway-test-models', import.meta.url).pathname;
const MEDIA = new URL('../../support/media/', import.meta.url).pathname;
const never = new AbortController().signal;

let folder: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: 'headway-host-' });
});
afterAll(() => Deno.remove(folder, { recursive: true }));

async function write(name: string, content: Uint8Array | string): Promise<string> {
  const path = `${folder}/${name}`;
  await Deno.writeFile(
    path,
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  );
  return path;
}

async function read(host: Host, path: string): Promise<ProcessEvent[]> {
  const name = path.split('/').at(-1) ?? '';
  const { mediaType } = await host.detect(path, name, never);
  const rest = { workDir: `${folder}/work`, modelDir: MODELS, checkpoint: null };
  return await Array.fromAsync(host.process({ path, name, mediaType, ...rest }, never));
}

async function withHost(limits: Partial<ReadingLimits>, use: (host: Host) => Promise<void>) {
  const host = createHost({ limits: { ...READING_LIMITS, ...limits } });
  try {
    await use(host);
    // Whatever came before, the next file is read.
    const events = await read(host, await write('good.txt', 'Good words.'));
    expect(events.at(-1)).toMatchObject({ parts: [{ text: 'Good words.' }] });
  } finally {
    await host.close();
  }
}

test('a file that fills the memory ends with that reason, and the next is read', () =>
  withHost({ maxMemoryBytes: 320 * MIB }, async (host) => {
    const many = await write('many.json', `[${'{},'.repeat(9_000_000)}{}]`);
    await expect(read(host, many)).rejects.toMatchObject({
      name: 'ProcessingError',
      code: 'too_much_memory',
      message: expect.stringContaining('more memory than the 320 MB'),
    });
  }));

test('a file that takes too long ends with that reason, and the next is read', () =>
  withHost({ maxSeconds: 3 }, async (host) => {
    const slow = await writeSilence('slow.wav', 4 * 3600);
    await expect(read(host, slow)).rejects.toMatchObject({
      code: 'too_slow',
      message: expect.stringContaining('longer than the 3 s'),
    });
  }));

test('a WebM that goes on as another file ends with a reason, and not by its time', () =>
  withHost({ maxSeconds: 60 }, async (host) => {
    const [webm, mp3] = await Promise.all(
      ['late.webm', 'speech.mp3'].map((name) => Deno.readFile(`${MEDIA}${name}`)),
    );
    for (const length of [300, 439]) {
      const both = Uint8Array.from([...webm!.subarray(0, length), ...mp3!]);
      await expect(read(host, await write(`both-${length}.webm`, both))).rejects.toMatchObject({
        code: 'broken_file',
      });
    }
  }));

test('pages, text, unpacked bytes and sound have limits of their own', () =>
  withHost(
    { maxPages: 99_999, maxTextBytes: 500, maxUnpackedBytes: MIB, maxRecordingSeconds: 9 * 3600 },
    async (host) => {
      const cases: [string, string, string][] = [
        [await write('pages.pdf', makeHugePdf(100_000)), 'too_large_inside', '99999 pages'],
        [await write('text.txt', 'word '.repeat(101)), 'too_large_inside', 'of text'],
        [await write('bomb.docx', makeZipBomb()), 'too_large_inside', '1 MB unpacked'],
        [await writeSilence('silence.wav', 10 * 3600), 'too_large_inside', 'the 9 hours'],
      ];
      for (const [path, code, message] of cases) {
        await expect(read(host, path)).rejects.toMatchObject({
          code,
          message: expect.stringContaining(message),
        });
      }
    },
  ));

/** A real WAV of 1.1 GB whose samples take no room on the disk. */
async function writeSilence(name: string, seconds: number): Promise<string> {
  const path = await write(name, wavHeader(16_000, seconds * 16_000));
  await Deno.truncate(path, 44 + seconds * 32_000);
  return path;
}

test('watchChild(): an end for want of memory is told from any other', () => {
  const explain = (signal: Deno.Signal | null, bytes: number) => {
    const watch = watchChild(1, { maxMemoryBytes: 100, maxSeconds: 60 }, () => bytes);
    watch.stop();
    return watch.explainEnd({ success: false, code: 1, signal });
  };
  const causeOf = ({ cause }: Error) => (cause as Error).message;
  expect(explain('SIGTRAP', 90)).toMatchObject({ code: 'too_much_memory' });
  expect(causeOf(explain('SIGTRAP', 10))).toMatch(/ended unexpectedly: SIGTRAP$/);
  expect(causeOf(explain('SIGKILL', 90))).toMatch(/ended unexpectedly: SIGKILL$/);
  expect(causeOf(explain(null, 90))).toMatch(/ended unexpectedly: 1$/);
  // A crash repeats itself; a kill from outside may pass.
  expect(explain('SIGSEGV', 10)).toMatchObject({ suspect: true, exception: 'ended: SIGSEGV' });
  expect(explain('SIGKILL', 10)).toMatchObject({ suspect: true, exception: null });
});
