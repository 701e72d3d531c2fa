/**
 * Translations are whole: the same keys, and nothing left in English.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { FAILURES, PROBLEMS } from '#contract/problem.ts';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import { ENVIRONMENT_MESSAGES } from '../../backend/queue/failure-policy.ts';
import { hostEnglish, hostGerman } from '../../frontend/src/host-messages.ts';
import { englishMessages, germanMessages } from '../../frontend/src/lib/messages/index.ts';
import { failureText, problemText } from '../../frontend/src/lib/messages/server-text.ts';

/** Rightly the same in both languages. */
const ALIKE = new Set([
  'partKinds.segment',
  'sessionEnded',
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

const english = new Map(textsOf({ ...englishMessages, host: hostEnglish }));
const german = new Map(textsOf({ ...germanMessages, host: hostGerman }));

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

  it.each(Object.values(ENVIRONMENT_MESSAGES))('has words for “%s”', (reason) => {
    const text = `${reason}; trying again in 5 s`;
    const german = germanMessages.server.news(text);
    expect(german).toMatch(/^[^;]+; nächster Versuch in 5 s$/);
    expect(german).not.toContain(reason);
  });

  it.each([
    ['2 of 7 files · a.pdf: Page 3 of 8', '2 von 7 Dateien · a.pdf: Seite 3 von 8'],
    ['Transcribed 1:02 of 3:00', '1:02 von 3:00 transkribiert'],
    ['Waiting for its turn', 'Wartet, bis es an der Reihe ist'],
    ['0 of 3 files · The queue is paused', '0 von 3 Dateien · Die Warteschlange ist angehalten'],
    [
      'Gave way to b.pdf; goes on from: Page 3 of 8',
      'Ließ b.pdf den Vortritt; geht weiter bei: Seite 3 von 8',
    ],
    [
      '5 of 8 files; 1 cancelled; 2 failed: scan.pdf: This PDF holds images only: use OCR',
      '5 von 8 Dateien; 1 abgebrochen; 2 fehlgeschlagen; zuerst scan.pdf',
    ],
    ['2 failed: scan.pdf: This PDF is locked', '2 fehlgeschlagen; zuerst scan.pdf'],
    ['A text that is new', 'A text that is new'],
  ])('translates “%s”', (text, expected) => {
    expect(germanMessages.server.news(text)).toBe(expected);
    expect(englishMessages.server.news(text)).toBe(text);
  });

  it('takes a failure and a problem by their codes, and else the server’s words', () => {
    expect(failureText(englishMessages, 'broken_file', 'This PDF is cut off')).toBe(
      'This PDF is cut off',
    );
    expect(failureText(germanMessages, 'a_new_code', 'New reason')).toBe('New reason');
    expect(failureText(germanMessages, null, null)).toBe(germanMessages.failedWithoutReason);
    const error = new ApiError('Detail', { code: 'forbidden', status: 403 });
    expect(problemText(englishMessages, error)).toBe('Detail');
    expect(problemText(germanMessages, error)).toMatch(/dürfen/);
    const unknown = new ApiError('Detail', { code: 'a_new_code', status: 400 });
    expect(problemText(germanMessages, unknown)).toBe('Detail');
  });

  it('knows no code that the contract does not know', () => {
    const known = [...Object.keys(PROBLEMS), 'network'];
    expect(Object.keys(germanMessages.server.problems).filter((code) => !known.includes(code)))
      .toEqual([]);
  });
});
