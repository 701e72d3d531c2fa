/**
 * English stems from PostgreSQL's dictionary, cached in memory.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/** Stem of a word; null for a stop word. Words that have no stem of their own are absent. */
export type Stems = ReadonlyMap<string, string | null>;

const MOST_KNOWN = 50_000;
const known = new Map<string, string | null>();

const STEMMED = /^[\p{sc=Latin}\p{M}]{1,60}$/u;

export async function stemsOf(db: Executor, words: Iterable<string>): Promise<Stems> {
  const asked = new Set([...words].filter((word) => STEMMED.test(word)));
  const unknown = [...asked].filter((word) => !known.has(word));
  const found = unknown.length > 0 ? await readStems(db, unknown) : [];
  const fresh = new Map(found.map(({ word, stem }) => [word, stem]));
  const stems = new Map<string, string | null>();
  for (const word of asked) {
    const stem = fresh.has(word) ? fresh.get(word)! : known.get(word) ?? null;
    if (stem !== word) stems.set(word, stem);
  }
  if (known.size + fresh.size > MOST_KNOWN) known.clear();
  for (const [word, stem] of fresh) known.set(word, stem);
  return stems;
}

const readStems = (db: Executor, words: readonly string[]) =>
  db.execute<{ word: string; stem: string | null }>(sql`
    select word, (ts_lexize('pg_catalog.english_stem', word))[1] as stem
    from unnest(${sql.param(words)}::text[]) as given (word)`);
