/**
 * Finds words at an edit distance of one from a word of the query: one letter missing, added or
 * replaced, or two swapped.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { quoteLexeme } from './search-index.ts';

const FORGIVEN = /^\p{L}{4,24}$/u;
/** Maximum number of candidates per query; the remaining terms are matched as they are. */
const MOST_EDITS = 4_000;
/** Maximum number of alternatives per word. */
const MOST_SIMILAR = 20;

/** Letters to insert or substitute, by the script of the word. */
const ALPHABETS: readonly (readonly [script: RegExp, letters: string])[] = [
  [/\p{sc=Latin}/u, 'abcdefghijklmnopqrstuvwxyzäöüßéèêëáàâãåæóòôõøíìîïúùûçñşğıčšžłąęć'],
  [/\p{sc=Cyrillic}/u, 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ'],
  [/\p{sc=Greek}/u, 'αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ'],
  [/\p{sc=Hebrew}/u, 'אבגדהוזחטיכךלמםנןסעפףצץקרשת'],
  [/\p{sc=Arabic}/u, 'ابتثجحخدذرزسشصضطظعغفقكلمنهويىةأإآؤئءپچگکی'],
];

/** All words that one edit makes of `word`. */
export function editsOf(word: string): string[] {
  if (!FORGIVEN.test(word)) return [];
  const letters = [...word];
  const alphabet = [...ALPHABETS.find(([script]) => script.test(word))?.[1] ?? word];
  const edits = new Set<string>();
  for (let at = 0; at <= letters.length; at += 1) {
    const [head, tail] = [letters.slice(0, at).join(''), letters.slice(at + 1).join('')];
    const here = letters[at] ?? '';
    for (const letter of alphabet) edits.add(head + letter + here + tail);
    if (!here) continue;
    edits.add(head + tail);
    for (const letter of alphabet) edits.add(head + letter + tail);
    const [next = '', ...rest] = letters.slice(at + 1);
    edits.add(head + next + here + rest.join(''));
  }
  edits.delete(word);
  return [...edits];
}

/** For each word, those one edit away that occur in any passage. */
export async function similarWords(
  db: Database['orm'],
  words: readonly string[],
): Promise<Map<string, string[]>> {
  const asked = new Map<string, string[]>();
  let count = 0;
  for (const word of new Set(words)) {
    const edits = editsOf(word);
    count += edits.length;
    if (count > MOST_EDITS) break;
    if (edits.length > 0) asked.set(word, edits);
  }
  if (asked.size === 0) return new Map();
  const there = await db.transaction((tx) => wordsThere(tx, [...asked.values()].flat()));
  return new Map([...asked].map(([word, edits]) => [
    word,
    edits.filter((edit) => there.has(edit)).slice(0, MOST_SIMILAR),
  ]));
}

async function wordsThere(tx: Executor, words: readonly string[]): Promise<Set<string>> {
  // The planner expects one row of many to contain the word, and would scan every row for a word
  // that does not occur.
  await tx.execute(sql`set local enable_seqscan = off`);
  const unique = [...new Set(words)];
  const rows = await tx.execute<{ word: string }>(sql`
    select word from unnest(${sql.param(unique)}::text[],
      ${sql.param(unique.map(quoteLexeme))}::text[]) as given (word, query)
    cross join lateral (
      select 1 from headway.passage p where p.words @@ given.query::tsquery limit 1) there`);
  return new Set(rows.map(({ word }) => word));
}
