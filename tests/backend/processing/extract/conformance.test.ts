import { formatMessage } from '../../../../backend/contract/messages/catalogue.ts';
import { describe, expect, test } from 'vitest';
import { csvProcessor } from '../../../../backend/processing/extract/csv.ts';
import { documentProcessors } from '../../../../backend/processing/extract/documents.ts';
import { docxProcessor } from '../../../../backend/processing/extract/docx.ts';
import { encryptedOfficeProcessor } from '../../../../backend/processing/extract/encrypted-office.ts';
import { epubProcessor } from '../../../../backend/processing/extract/epub.ts';
import { fictionBookProcessor } from '../../../../backend/processing/extract/fiction-book.ts';
import { htmlProcessor } from '../../../../backend/processing/extract/html.ts';
import { jsonProcessor } from '../../../../backend/processing/extract/json.ts';
import { legacyOfficeProcessor } from '../../../../backend/processing/extract/legacy-office.ts';
import { mailboxProcessor, mailProcessor } from '../../../../backend/processing/extract/mail.ts';
import { markdownProcessor } from '../../../../backend/processing/extract/markdown.ts';
import { notebookProcessor } from '../../../../backend/processing/extract/notebook.ts';
import {
  odpProcessor,
  odtProcessor,
} from '../../../../backend/processing/extract/open-document.ts';
import { outlookProcessor } from '../../../../backend/processing/extract/outlook.ts';
import { pdfProcessor } from '../../../../backend/processing/extract/pdf.ts';
import { plainTextProcessor } from '../../../../backend/processing/extract/plain-text.ts';
import { pptxProcessor } from '../../../../backend/processing/extract/pptx.ts';
import { rtfProcessor } from '../../../../backend/processing/extract/rtf.ts';
import { spreadsheetProcessor } from '../../../../backend/processing/extract/spreadsheet.ts';
import { subtitleProcessor } from '../../../../backend/processing/extract/subtitles.ts';
import { PASSING_FAILURES } from '../../../../backend/contract/problem.ts';
import { ProcessingError } from '../../../../backend/processing/processor.ts';
import {
  makeDocx,
  makeEml,
  makeEncryptedDocx,
  makeEncryptedOdt,
  makeEncryptedPdf,
  makeEpub,
  makeFb2,
  makeMbox,
  makeMsg,
  makeNotebook,
  makeOdp,
  makeOds,
  makeOdt,
  makePdf,
  makePptx,
  makeSrt,
  makeXls,
  makeXlsx,
  readLegacy,
  truncated,
} from '../../../support/documents.ts';
import { checkpointsIn, collect, partsIn, run, type Sample, withInput } from './running.ts';

interface Case extends Sample {
  readonly name: string;
  /** A file of this kind that was read well and has no text. */
  readonly blank?: Uint8Array | string;
  /** Absent where any bytes are a file of this kind. */
  readonly broken?: Uint8Array | string;
  readonly encrypted?: Uint8Array;
}

const SENTENCE = 'The quick brown fox jumps over the lazy dog, again and again. ';
const paragraphs = Array.from({ length: 40 }, (_, at) => `${at}: ${SENTENCE.repeat(5)}`);
const withHeadings = paragraphs.flatMap((text, at) => at % 9 ? [text] : [`# Part ${at}`, text]);
const rows = [
  ['Name', 'City', 'Sum'],
  ...Array.from({ length: 300 }, (_, at) => [`Person ${at}`, 'Vienna, Austria', at * 10]),
];
const sheets = { People: rows, Blank: [], More: rows.slice(0, 5) };
const slides = [
  { title: 'First', lines: ['One', 'Two'], notes: 'Say hello' },
  {},
  { title: 'Last', lines: ['End'] },
];
const pages = ['', ...paragraphs.slice(0, 6), '', 'The end'];
const chapters = [0, 1, 2].map((at) => ({
  title: `Chapter ${at}`,
  html: paragraphs.map((text) => `<p>${text}</p>`).join(''),
}));
const letter = { subject: 'Fox', text: paragraphs.join('\n\n'), attachments: ['fox.pdf'] };
const csv = rows.map((row) => row.map((cell) => `"${cell}"`).join(',')).join('\r\n');
const html = `<!doctype html><title>T</title>${paragraphs.map((text) => `<p>${text}`).join('')}`;
const rtf = `{\\rtf1\\ansi ${paragraphs.join('\\par ')}}`;
const sheetType = (kind: string) =>
  spreadsheetProcessor.mediaTypes.find((type) => type.includes(kind))!;

const cases: readonly Case[] = [
  { name: 'text', processor: plainTextProcessor, bytes: paragraphs.join('\n\n'), blank: ' \n\n' },
  { name: 'markdown', processor: markdownProcessor, bytes: withHeadings.join('\n\n'), blank: '\n' },
  { name: 'html', processor: htmlProcessor, bytes: html, blank: '<p> <script>1</script>' },
  { name: 'csv', processor: csvProcessor, bytes: csv, blank: '\n\n', broken: 'a,b\n1,"2\n3,4\n' },
  { name: 'json', processor: jsonProcessor, bytes: JSON.stringify(rows), blank: '  ' },
  { name: 'json lines', processor: jsonProcessor, bytes: rows.map((row) => `${row}`).join('\n') },
  {
    name: 'rtf',
    processor: rtfProcessor,
    bytes: rtf,
    blank: '{\\rtf1 }',
    broken: truncated(u8(rtf)),
  },
  {
    name: 'pdf',
    processor: pdfProcessor,
    bytes: makePdf(pages),
    broken: 'not a PDF at all',
    encrypted: makeEncryptedPdf(pages),
  },
  {
    name: 'docx',
    processor: docxProcessor,
    bytes: makeDocx(withHeadings),
    blank: makeDocx(['', ' ']),
    broken: truncated(makeDocx(withHeadings)),
  },
  {
    name: 'pptx',
    processor: pptxProcessor,
    bytes: makePptx([{}, ...slides]),
    blank: makePptx([{}, {}]),
    broken: truncated(makePptx(slides)),
  },
  {
    name: 'xlsx',
    processor: spreadsheetProcessor,
    bytes: makeXlsx(sheets),
    blank: makeXlsx({ A: [], B: [] }),
    broken: truncated(makeXlsx(sheets)),
  },
  {
    name: 'xls',
    processor: spreadsheetProcessor,
    mediaType: 'application/vnd.ms-excel',
    bytes: makeXls(sheets),
    blank: makeXls({ A: [] }),
    broken: truncated(makeXls(sheets), 0.2),
  },
  {
    name: 'ods',
    processor: spreadsheetProcessor,
    mediaType: sheetType('oasis'),
    bytes: makeOds(sheets),
    blank: makeOds({ A: [] }),
    broken: truncated(makeOds(sheets)),
    encrypted: makeEncryptedOdt(),
  },
  {
    name: 'odt',
    processor: odtProcessor,
    bytes: makeOdt(withHeadings),
    blank: makeOdt(['']),
    broken: truncated(makeOdt(withHeadings)),
    encrypted: makeEncryptedOdt(),
  },
  {
    name: 'odp',
    processor: odpProcessor,
    bytes: makeOdp([{}, ...slides]),
    blank: makeOdp([{}]),
    broken: truncated(makeOdp(slides)),
  },
  {
    name: 'epub',
    processor: epubProcessor,
    bytes: makeEpub(chapters),
    blank: makeEpub([{ title: 'None', html: '' }]),
    broken: truncated(makeEpub(chapters)),
  },
  {
    name: 'fb2',
    processor: fictionBookProcessor,
    bytes: makeFb2([{ title: 'One', paragraphs }, { title: 'Two', paragraphs }]),
    broken: '<FictionBook/>',
  },
  { name: 'eml', processor: mailProcessor, bytes: makeEml(letter), blank: '\r\n' },
  { name: 'mbox', processor: mailboxProcessor, bytes: makeMbox([letter, letter]) },
  {
    name: 'msg',
    processor: outlookProcessor,
    bytes: makeMsg(letter),
    broken: truncated(makeMsg(letter), 0.1),
  },
  {
    name: 'notebook',
    processor: notebookProcessor,
    bytes: makeNotebook(paragraphs.map((prose) => ({ prose }))),
    blank: makeNotebook([]),
    broken: truncated(u8(makeNotebook([{ prose: 'x' }]))),
  },
  {
    name: 'subtitles',
    processor: subtitleProcessor,
    bytes: makeSrt(paragraphs),
    blank: 'WEBVTT\n\n',
  },
  {
    name: 'doc',
    processor: legacyOfficeProcessor,
    bytes: await readLegacy('minutes.doc'),
    broken: truncated(await readLegacy('minutes.doc'), 0.1),
  },
];

function u8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function failure(sample: Sample): Promise<unknown> {
  return run(sample).then(() => null, (error) => error);
}

describe.each(cases)('$name', (sample) => {
  test('begins with its size and numbers its parts from 0', async () => {
    const [first, ...rest] = await run(sample);
    expect(first).toMatchObject({ type: 'size', total: expect.any(Number) });
    expect(rest.every((event) => event.type !== 'size')).toBe(true);
    const parts = partsIn(rest);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.index)).toEqual(parts.map((_, at) => at));
  });

  test('reports fractions from above 0 to 1 that never go back', async () => {
    const events = await run(sample);
    const fractions = events.flatMap((event) => 'fraction' in event ? [event.fraction] : []);
    expect(fractions[0]).toBeGreaterThan(0);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    const messages = events.flatMap((event) => 'message' in event ? [event.message] : []);
    for (const message of messages) expect(formatMessage(message)).toMatch(/\d/);
  });

  test('gives from every checkpoint exactly the parts that remained', () =>
    withInput(sample, async (input) => {
      const events = await collect(sample.processor, input);
      const whole = partsIn(events);
      for (const checkpoint of checkpointsIn(events)) {
        const resumed = await collect(sample.processor, { ...input, checkpoint });
        const parts = partsIn(resumed);
        expect(parts).toEqual(whole.slice(whole.length - parts.length));
      }
      const counts = events.flatMap((event) => event.type === 'parts' ? [event.parts.length] : []);
      const firstCheckpoint = checkpointsIn(events)[0]!;
      const rest = partsIn(
        await collect(sample.processor, { ...input, checkpoint: firstCheckpoint }),
      );
      expect(rest.length).toBe(whole.length - counts[0]!);
    }));

  test('stops with the reason of the signal when it aborts', () =>
    withInput(sample, async (input) => {
      const controller = new AbortController();
      const reason = new Error('Enough');
      let parts = 0;
      const reading = async () => {
        for await (const event of sample.processor.process(input, controller.signal)) {
          if (event.type !== 'parts') continue;
          parts++;
          controller.abort(reason);
        }
      };
      await expect(reading()).rejects.toBe(reason);
      expect(parts).toBe(1);
      await expect(collect(sample.processor, input, controller.signal)).rejects.toBe(reason);
    }));

  test('has no characters that a database refuses, whatever it was given', async () => {
    for (const bytes of [sample.bytes, damaged(sample.bytes)]) {
      const events = await run({ ...sample, bytes }).catch(() => []);
      const text = partsIn(events).map(({ text, label }) => text + label).join('');
      expect(text).not.toContain('\0');
      expect(text.isWellFormed()).toBe(true);
    }
  });

  test('prints nothing', async () => {
    const written = await consoleCalls(() => run(sample));
    expect(written).toEqual([]);
  });

  test('fails with empty_file for no bytes', async () => {
    expect(await failure({ ...sample, bytes: '' })).toMatchObject({ code: 'empty_file' });
  });

  test.runIf(sample.blank)('fails with empty_text where there is none', async () => {
    expect(await failure({ ...sample, bytes: sample.blank! })).toMatchObject({
      code: 'empty_text',
    });
  });

  test.runIf(sample.broken)('fails with broken_file for damaged bytes', async () => {
    expect(await failure({ ...sample, bytes: sample.broken! })).toMatchObject({
      code: 'broken_file',
    });
  });

  test.runIf(sample.encrypted)('fails with encrypted_file behind a password', async () => {
    expect(await failure({ ...sample, bytes: sample.encrypted! })).toMatchObject({
      code: 'encrypted_file',
    });
  });

  test('fails for noise with a permanent reason, or reads it, but never crashes', async () => {
    const noise = Uint8Array.from({ length: 3000 }, (_, at) => (at * 7919 + (at >> 3) * 31) & 0xff);
    for (const bytes of [noise, truncated(u8('PK\x03\x04 not a zip')), damaged(sample.bytes)]) {
      const error = await failure({ ...sample, bytes });
      if (error === null) continue;
      expect(error).toBeInstanceOf(ProcessingError);
      expect(PASSING_FAILURES).not.toContain((error as ProcessingError).code);
    }
  });
});

/** The same bytes with some in the middle overwritten. */
function damaged(bytes: Uint8Array | string): Uint8Array {
  const copy = typeof bytes === 'string' ? u8(bytes) : bytes.slice();
  return copy.fill(0, copy.length * 0.4, copy.length * 0.4 + 60);
}

async function consoleCalls(action: () => Promise<unknown>): Promise<unknown[]> {
  const calls: unknown[] = [];
  const methods = ['log', 'info', 'debug', 'warn', 'error'] as const;
  const originals = methods.map((method) => console[method]);
  for (const method of methods) console[method] = (...args) => calls.push(args);
  try {
    await action();
  } finally {
    methods.forEach((method, at) => console[method] = originals[at]!);
  }
  return calls;
}

test('encryptedOfficeProcessor fails with encrypted_file', async () => {
  const sample = { processor: encryptedOfficeProcessor, bytes: makeEncryptedDocx() };
  expect(await failure(sample)).toMatchObject({ code: 'encrypted_file' });
});

test('documentProcessors have ids and media types of their own', () => {
  const ids = documentProcessors.map(({ id }) => id);
  const types = documentProcessors.flatMap(({ mediaTypes }) => mediaTypes);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(types).size).toBe(types.length);
  const tried = new Set([
    ...cases.map(({ processor }) => processor.id),
    'encrypted-office',
    'image',
  ]);
  expect(tried).toEqual(new Set(ids));
});
