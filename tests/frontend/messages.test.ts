/**
 * Translations are whole: the same keys, and nothing left in English.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { englishMessages, germanMessages } from '../../frontend/src/lib/messages/index.ts';

/** Rightly the same in both languages. */
const ALIKE = new Set(['sortName', 'partKinds.segment', 'sessionEnded']);

type Texts = [path: string, text: string][];

/** Every text by its path; functions are called with arguments that tell their texts apart. */
function textsOf(messages: object, path: string[] = []): Texts {
  return Object.entries(messages).flatMap(([key, value]): Texts => {
    const here = [...path, key];
    if (typeof value === 'string') return [[here.join('.'), value]];
    if (typeof value === 'object' && value !== null) return textsOf(value, here);
    return typeof value === 'function' ? [[here.join('.'), String(value(2, 3, 4))]] : [];
  });
}

const english = new Map(textsOf(englishMessages));
const german = new Map(textsOf(germanMessages));

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
