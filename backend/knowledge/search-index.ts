/**
 * Writes the search column: the tokens of a passage and their English stems.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { stemsOf } from './stems.ts';
import { tokensOf } from './search-tokens.ts';

/**
 * Version of the output of {@link toVectors}: increment it with every change, together with a
 * migration that replaces the index `passage_outdated`. Passages with a lower version are indexed
 * again.
 */
export const WORDS_VERSION = 1;

/** Largest position in a `tsvector`. */
const LAST_POSITION = 16_383;

/** Lexemes of a passage with their positions. */
type Positions = Map<string, number[]>;

/** Returns the texts of `tsvector` values, one per passage. */
export async function toVectors(db: Executor, texts: readonly string[]): Promise<string[]> {
  const passages = texts.map(positionsOf);
  const words = new Set<string>();
  for (const passage of passages) for (const lexeme of passage.keys()) words.add(lexeme);
  const stems = await stemsOf(db, words);
  return passages.map((passage) => toVector(passage, (word) => stems.get(word) ?? null));
}

/** The tokens are not kept: they take many times the memory of their text. */
function positionsOf(text: string): Positions {
  const positions: Positions = new Map();
  for (const { lexeme, position } of tokensOf(text)) {
    const at = Math.min(position, LAST_POSITION);
    const there = positions.get(lexeme);
    if (there) there.push(at);
    else positions.set(lexeme, [at]);
  }
  return positions;
}

/** PostgreSQL sorts the positions of a lexeme and removes duplicates. */
function toVector(positions: Positions, stemOf: (word: string) => string | null): string {
  const lexemes = new Map(positions);
  for (const [lexeme, at] of positions) {
    const stem = stemOf(lexeme);
    if (stem !== null) lexemes.set(stem, [...lexemes.get(stem) ?? [], ...at]);
  }
  return [...lexemes].map(([lexeme, at]) => `${quoteLexeme(lexeme)}:${at.join(',')}`).join(' ');
}

/** Quotes a lexeme for `tsvector` and `tsquery`. */
export const quoteLexeme = (lexeme: string): string =>
  `'${lexeme.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;

const AT_ONCE = 500;

interface Outdated {
  [column: string]: unknown;
  file_id: string;
  part_index: number;
  ordinal: number;
  text: string;
}

/**
 * Reindexes at most `most` passages of an earlier release. Returns their number. Until then search
 * matches them by the words that the earlier release indexed.
 */
export async function reindexPassages(db: Database, most: number = 10 * AT_ONCE): Promise<number> {
  let done = 0;
  while (done < most) {
    const count = await db.orm.transaction(reindexSome);
    done += count;
    if (count < AT_ONCE) break;
  }
  return done;
}

async function reindexSome(tx: Executor): Promise<number> {
  const rows = await tx.execute<Outdated>(sql`
    select file_id, part_index, ordinal, text from headway.passage
    where words_version < ${sql.raw(`${WORDS_VERSION}`)}
    limit ${AT_ONCE} for update skip locked`);
  if (rows.length === 0) return 0;
  const words = await toVectors(tx, rows.map(({ text }) => text));
  const column = (key: keyof Outdated) => sql.param(rows.map((row) => row[key]));
  await tx.execute(sql`
    update headway.passage p set words = given.words::tsvector, words_version = ${WORDS_VERSION}
    from unnest(${column('file_id')}::text[], ${column('part_index')}::int[],
      ${column('ordinal')}::int[], ${sql.param(words)}::text[])
      as given (file_id, part_index, ordinal, words)
    where p.file_id = given.file_id and p.part_index = given.part_index
      and p.ordinal = given.ordinal`);
  return rows.length;
}
