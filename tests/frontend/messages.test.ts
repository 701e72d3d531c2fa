/**
 * Translations are whole: the same keys, and nothing left in English.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { FAILURES, PROBLEMS } from '#contract/problem.ts';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import { message, text } from '#contract/messages/catalogue.ts';
import { hostEnglish, hostGerman } from '../../frontend/src/host-messages.ts';
import {
  englishMessages,
  germanMessages,
  type Messages,
} from '../../frontend/src/lib/messages/index.ts';
import {
  failureText,
  messageText,
  problemText,
} from '../../frontend/src/lib/messages/server-text.ts';
import { PollingError } from '../../frontend/src/lib/polling/error.ts';

/** Rightly the same in both languages. */
const ALIKE = new Set([
  'partKinds.segment',
  'sessionEnded',
  'server.jobTitle',
  'tray.saidAbout',
  'host.name',
  'host.webhooks',
  'webhooks.list',
  'reader.asText',
  'reader.asMarkdown',
  'knowledge.kinds.video',
  'knowledge.orders.name',
  'knowledge.rowOrders.name',
  'knowledge.rowOrders.status',
]);

type Texts = [path: string, text: string][];

/** Every text by its path; functions are called with arguments that tell their texts apart. */
function textsOf(messages: object, path: string[] = []): Texts {
  return Object.entries(messages).flatMap(([key, value]): Texts => {
    const here = [...path, key];
    if (typeof value === 'string') return [[here.join('.'), value]];
    if (typeof value === 'object' && value !== null) return textsOf(value, here);
    return typeof value === 'function' ? [[here.join('.'), called(value)]] : [];
  });
}

/** What a text may be about: counts, words, or the parameters of a notice. */
const GIVEN: readonly (readonly unknown[])[] = [
  [2, 3, 4],
  ['Starting', 'b', 'c'],
  [{
    ...{ count: 2, pages: [3], names: ['b'], confidence: 4, language: 'c' },
    ...{ seconds: 5, expected_seconds: 6 },
  }],
];

function called(text: (...given: unknown[]) => unknown): string {
  for (const given of GIVEN) {
    try {
      return String(text(...given));
    } catch {
      continue;
    }
  }
  throw new TypeError(`A text that takes none of what is given: ${text}`);
}

/** Texts of the backend's messages have a test of their own, with parameters. */
const own = ({ server: { texts: _, ...server }, ...messages }: Messages) => ({
  ...messages,
  server,
});
const english = new Map(textsOf({ ...own(englishMessages), host: hostEnglish }));
const german = new Map(textsOf({ ...own(germanMessages), host: hostGerman }));

describe('germanMessages', () => {
  it('has the keys of the English ones', () => {
    expect([...german.keys()]).toEqual([...english.keys()]);
  });

  it('leaves no text in English', () => {
    const same = [...german].filter(([path, text]) =>
      english.get(path) === text && /[a-z]{3}/i.test(text)
    );
    expect(same.map(([path]) => path).filter((path) => !ALIKE.has(path))).toEqual([]);
  });

  it('leaves no text empty', () => {
    expect([...german, ...english].filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});

describe('what the server says, in German', () => {
  it('has words for every reason of failure', () => {
    for (const code of FAILURES) {
      expect(failureText(germanMessages, code, 'English reason')).not.toMatch(/English/);
    }
  });

  it('is made from the message, and is the text sent where that is unknown', () => {
    const known = message('unit', { unit: 'page', at: 3, of: 8 });
    expect(messageText(germanMessages, known, 'Page 3 of 8')).toBe('Seite 3 von 8');
    expect(messageText(englishMessages, known, 'Page 3 of 8')).toBe('Page 3 of 8');
    const newer = { code: 'a_newer_code', params: {} };
    expect(messageText(germanMessages, newer, 'A text that is new')).toBe('A text that is new');
    expect(messageText(germanMessages, undefined, 'Page 3 of 8')).toBe('Page 3 of 8');
  });

  it('takes a failure by its message, then by its code, and else the server’s words', () => {
    const details = message('damaged_document', { what: 'pdf' });
    expect(failureText(germanMessages, 'broken_file', 'This PDF …', details))
      .toMatch(/^Dieses PDF ist beschädigt .* laden Sie sie noch einmal hoch$/);
    const newer = { code: 'a_newer_code', params: {} };
    for (const older of [undefined, null, newer, text('This PDF is cut off')]) {
      expect(failureText(germanMessages, 'broken_file', 'This PDF is cut off', older))
        .toBe(germanMessages.server.failures.broken_file);
      expect(failureText(englishMessages, 'broken_file', 'This PDF is cut off', older))
        .toBe('This PDF is cut off');
    }
    expect(failureText(germanMessages, 'a_new_code', 'New reason')).toBe('New reason');
    expect(failureText(germanMessages, null, null)).toBe(germanMessages.failedWithoutReason);
  });

  it('shows what a job of an app says of its failure', () => {
    const words = 'Die Quelle ist leer';
    expect(failureText(germanMessages, 'job_failed', words, text(words))).toBe(words);
  });

  it('takes a refusal by its message, then by its code, and else the server’s words', () => {
    const reason = message('too_many_files', { most: 5, files: 7 });
    const full = new ApiError('Detail', { code: 'too_large', status: 413, reason });
    expect(problemText(germanMessages, full)).toMatch(/höchstens 5 Dateien; das hier sind 7/);
    expect(problemText(englishMessages, full)).toBe('Detail');
    const error = new ApiError('Detail', { code: 'forbidden', status: 403 });
    expect(problemText(germanMessages, error)).toMatch(/dürfen/);
    const ended = new PollingError('Detail', { code: 'stale' });
    expect(problemText(germanMessages, ended)).toBe(germanMessages.server.problems.stale);
    const unknown = new ApiError('Detail', { code: 'a_new_code', status: 400 });
    expect(problemText(germanMessages, unknown)).toBe('Detail');
  });

  it('knows no code that the contract does not know', () => {
    const known = [...Object.keys(PROBLEMS), 'network', 'stale'];
    expect(Object.keys(germanMessages.server.problems).filter((code) => !known.includes(code)))
      .toEqual([]);
  });
});
