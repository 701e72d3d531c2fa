import type { ExportedFile, ExportFormatName, Part } from '#contract/files.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats, write } from '../../../../backend/knowledge/export/export-file.ts';
import type { ExportSubject } from '../../../../backend/knowledge/export/export-format.ts';
import { escapeMarkdown } from '../../../../backend/knowledge/export/markdown.ts';
import { type ReadCue, readSrt, readVtt } from './parse-subtitles.ts';

const subject = (more: Partial<ExportSubject> = {}): ExportSubject => ({
  id: 'f',
  name: 'A file.wav',
  kind: 'transcript',
  duration: null,
  complete: true,
  table: false,
  marks: false,
  ...more,
});

async function exported(
  format: ExportFormatName,
  parts: readonly Part[],
  more?: Partial<ExportSubject>,
): Promise<string> {
  async function* inTwo() {
    yield parts.slice(0, 2);
    yield parts.slice(2);
  }
  return (await Array.fromAsync(write(formats[format], subject(more), inTwo()))).join('');
}

const segment = (text: string, start: number, end: number | null, index = 0): Part => ({
  index,
  kind: 'segment',
  label: null,
  text,
  start,
  end,
});
const page = (text: string, index = 0, label: string | null = null): Part => ({
  ...segment(text, 0, null, index),
  kind: 'page',
  label,
  start: null,
});

/** Words with all that is special in one of the formats. */
const word = fc.oneof(
  fc.constantFrom('-->', '<i>', '&amp;', '&', '>', 'NOTE', 'WEBVTT', '1', '00:00:01.000', 'end.'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) =>
    !/\s|\0/.test(text)
  ),
);
const text = fc.array(word, { maxLength: 60 }).chain((words) =>
  fc.constantFrom(' ', '\n', '\r\n\r\n', '\t').map((space) => words.join(space))
);
/** Segments one after the other, up to 150 hours in. */
const transcript = fc.array(
  fc.record({ text, gap: fc.double({ min: 0, max: 100_000, noNaN: true }), ms: fc.nat(30_000) }),
  { maxLength: 6 },
).map((rows) => {
  let at = 0;
  return rows.map(({ text, gap, ms }, index) => {
    const start = at + gap;
    at = start + ms / 1000;
    return segment(text, start, at, index);
  });
});

const letters = (text: string) => text.replace(/\s+/g, '');

describe.each([['vtt', readVtt], ['srt', readSrt]] as const)('%s', (format, read) => {
  /** SubRip cannot hold an arrow. */
  const kept = (text: string) => format === 'srt' ? text.replaceAll('-->', '->') : text;

  test('is read back as the words and times that were written', async () => {
    await fc.assert(fc.asyncProperty(transcript, async (parts) => {
      const cues = read(await exported(format, parts));
      expect(letters(cues.map((cue) => cue.text).join(' ')))
        .toBe(kept(letters(parts.map((part) => part.text).join(' '))));
      const starts = cues.map(({ start }) => start);
      for (const part of parts.filter(({ text }) => text.trim() !== '')) {
        expect(starts).toContain(Math.round((part.start ?? 0) * 1000));
      }
    }));
  });

  test('has cues that last, one after the other, of two lines at most', async () => {
    const one = fc.tuple(text, fc.nat(600_000), fc.nat(30_000));
    await fc.assert(fc.asyncProperty(one, async ([text, at, ms]) => {
      const cues = read(await exported(format, [segment(text, at, at + ms / 1000)]));
      let before = at * 1000;
      for (const { start, end, text } of cues) {
        expect(start).toBe(before);
        expect(end).toBeGreaterThan(start);
        expect(text.split('\n').length).toBeLessThanOrEqual(2);
        expect(text.length).toBeLessThanOrEqual(84);
        before = end;
      }
    }));
  });

  test('shares the time of a long segment out among its sentences', async () => {
    const long = 'It was a good house with a large park about it. Nobody lived there in winter. ' +
      'Only the old gardener went round once a day, and looked after the doors and windows.';
    const cues = read(await exported(format, [segment(long, 10, 20)]));
    expect(cues.map(({ text }) => text)).toEqual([
      'It was a good house with\na large park about it.',
      'Nobody lived there in winter. Only the\nold gardener went round once a day, and',
      'looked after the doors and windows.',
    ]);
    expect(cues[0]?.start).toBe(10_000);
    expect(cues.at(-1)?.end).toBe(20_000);
    expect(cues.slice(1).map(({ start }) => start)).toEqual(
      cues.slice(0, -1).map(({ end }: ReadCue) => end),
    );
  });

  test('a segment without an end lasts as long as its words take', async () => {
    const [cue] = read(await exported(format, [segment('Fifteen letters', 1, null)]));
    expect(cue).toEqual({ start: 1_000, end: 2_000, text: 'Fifteen letters' });
  });

  test('nothing spoken is a file without cues', async () => {
    expect(read(await exported(format, []))).toEqual([]);
    expect(read(await exported(format, [segment(' \n ', 0, 1)]))).toEqual([]);
  });
});

test('subtitles are to the letter what players expect', async () => {
  const parts = [segment('One & <two>', 359_999.9996, 360_001), segment('Three', 360_002, 360_003)];
  expect(await exported('vtt', parts)).toBe(
    'WEBVTT\n\n100:00:00.000 --> 100:00:01.000\nOne &amp; &lt;two&gt;\n\n' +
      '100:00:02.000 --> 100:00:03.000\nThree\n\n',
  );
  expect(await exported('srt', parts)).toBe(
    '1\r\n100:00:00,000 --> 100:00:01,000\r\nOne & <two>\r\n\r\n' +
      '2\r\n100:00:02,000 --> 100:00:03,000\r\nThree\r\n\r\n',
  );
});

describe('txt', () => {
  test('is the bare text, or with times or page marks', async () => {
    const spoken = [segment('One.', 0, 2), segment('Two.', 3_723.9, 3_730, 1)];
    expect(await exported('txt', spoken)).toBe('One.\nTwo.');
    expect(await exported('txt', spoken, { marks: true })).toBe('[0:00] One.\n[1:02:03] Two.\n');
    const pages = [page('One.'), page('Two.', 1), { ...page('Three', 2, 'Plan'), kind: 'slide' }];
    expect(await exported('txt', pages as Part[], { kind: 'document' }))
      .toBe('One.\n\nTwo.\n\nThree');
    expect(await exported('txt', pages as Part[], { kind: 'document', marks: true })).toBe(
      '--- Page 1 ---\n\nOne.\n\n--- Page 2 ---\n\nTwo.\n\n--- Slide 3: Plan ---\n\nThree\n',
    );
    expect(await exported('txt', [])).toBe('');
  });
});

describe('json', () => {
  test('is read back as the very parts', async () => {
    await fc.assert(fc.asyncProperty(transcript, async (parts) => {
      const read = JSON.parse(await exported('json', parts, { duration: 12.5 })) as ExportedFile;
      expect(read).toEqual({
        id: 'f',
        name: 'A file.wav',
        kind: 'transcript',
        duration: 12.5,
        complete: true,
        parts: JSON.parse(JSON.stringify(parts)),
      });
    }));
  });
});

describe('md', () => {
  test('says what is where', async () => {
    expect(await exported('md', [segment('One.', 0, 2), segment('Two.', 62, 64, 1)])).toBe(
      '# A file.wav\n\n**0:00** One.\n\n**1:02** Two.\n',
    );
    expect(await exported('md', [page('One.'), page('Two.', 1)], { kind: 'document' })).toBe(
      '# A file.wav\n\n## Page 1\n\nOne.\n\n## Page 2\n\nTwo.\n',
    );
  });

  test('a table is a table, ragged rows and signs of its own included', async () => {
    const rows = page('Name | Sum\nA|B | 1\n| 2\n3');
    expect(await exported('md', [rows], { kind: 'document', table: true })).toContain(
      '| Name | Sum |\n| --- | --- |\n| A\\|B | 1 |\n|  | 2 |\n| 3 |  |\n',
    );
    const bare = await exported('md', [page('1 | 2')], { kind: 'document', table: true });
    expect(bare).toContain('|  |  |\n| --- | --- |\n| 1 | 2 |\n');
  });

  test.each([
    ['# no heading', '\\# no heading'],
    ['- no list\n1. nor this', '\\- no list\n1\\. nor this'],
    ['<b>*x*</b> [a](b) `c` &lt;', '\\<b\\>\\*x\\*\\</b\\> \\[a\\](b) \\`c\\` \\&lt;'],
    ['    no code', 'no code'],
    ['a\n===', 'a\n\\==='],
  ])('%j is text', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});
