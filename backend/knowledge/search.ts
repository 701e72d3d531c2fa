/**
 * Full-text search over the passages of a knowledge base.
 *
 * @module
 */
import type { PartKind, SearchHit, SearchResults } from '#contract/files.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

export interface SearchRequest {
  readonly knowledgeId: string;
  readonly query: string;
  readonly limit: number;
  readonly offset: number;
}

interface HitRow {
  [column: string]: unknown;
  file_id: string;
  filename: string;
  kind: PartKind;
  part_index: number;
  label: string | null;
  start_seconds: number | null;
  end_seconds: number | null;
  headline: string;
  rank: number;
  total: number;
}

/** Control characters that no text holds: they mark a match inside a headline. */
const OPEN = '\u0002';
const CLOSE = '\u0003';
const MARKS = new RegExp(`([${OPEN}${CLOSE}])`);
const HEADLINE = `StartSel=${OPEN},StopSel=${CLOSE},MaxWords=36,MinWords=18,ShortWord=2`;

/**
 * Finds passages that hold the words of `query`: plain words, "a phrase", `or`, `-not` (the web
 * search syntax of PostgreSQL). Best first; words are found stemmed as English and as they stand.
 */
export async function search(db: Executor, request: SearchRequest): Promise<SearchResults> {
  const { knowledgeId, query, limit, offset } = request;
  const rows = await db.execute<HitRow>(sql`
    with asked as (${asked(query)}), found as (
      select p.file_id, f.filename, p.part_index, p.ordinal, p.text,
        ts_rank_cd(p.words, q) as rank, count(*) over ()::int as total
      from asked, headway.passage p
      ${wholeIn(knowledgeId)}
      join file f on f.id = p.file_id
      where p.words @@ q
      order by rank desc, p.file_id, p.part_index, p.ordinal
      limit ${limit} offset ${offset}
    )
    select found.file_id, found.filename, found.part_index, found.rank, found.total,
      t.kind, t.label, t.start_seconds, t.end_seconds,
      ts_headline('english', found.text, q, ${HEADLINE}) as headline
    from asked, found
    join headway.part t on t.file_id = found.file_id and t.index = found.part_index
    order by found.rank desc, found.file_id, found.part_index, found.ordinal`);
  const total = rows[0]?.total ?? (offset > 0 ? await count(db, request) : 0);
  return { query, hits: rows.map(toHit), total };
}

const asked = (query: string) => {
  const words = oneNegation(query);
  return sql`
    select websearch_to_tsquery('english', ${words}) || websearch_to_tsquery('simple', ${words}) as q`;
};

/** PostgreSQL negates a word once for every dash before it, and fails beyond 32 of them. */
const oneNegation = (query: string) => query.replace(/-{2,}/g, '-');

/** Files of a knowledge base that were read to their end: passages are stored while they are read. */
const wholeIn = (knowledgeId: string) =>
  sql`join knowledge_file l on l.file_id = p.file_id and l.knowledge_id = ${knowledgeId}
      join headway.extraction e on e.file_id = p.file_id and e.complete`;

/** A page beyond the end has no row that could say how many there are. */
async function count(db: Executor, { knowledgeId, query }: SearchRequest): Promise<number> {
  const [row] = await db.execute<{ total: number }>(sql`
    with asked as (${asked(query)})
    select count(*)::int as total from asked, headway.passage p ${wholeIn(knowledgeId)}
    where p.words @@ q`);
  return row?.total ?? 0;
}

function toHit(row: HitRow): SearchHit {
  return {
    file_id: row.file_id,
    filename: row.filename,
    kind: row.kind,
    part_index: row.part_index,
    label: row.label,
    start: row.start_seconds,
    end: row.end_seconds,
    rank: row.rank,
    ...readHeadline(row.headline),
  };
}

/** Takes the marks out of a headline and says where they stood. */
export function readHeadline(marked: string): Pick<SearchHit, 'snippet' | 'matches'> {
  const matches: [number, number][] = [];
  let snippet = '';
  let from = 0;
  for (const piece of marked.split(MARKS)) {
    if (piece === OPEN) from = snippet.length;
    else if (piece === CLOSE) matches.push([from, snippet.length]);
    else snippet += piece;
  }
  return { snippet, matches };
}
