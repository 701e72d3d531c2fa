/**
 * Full-text search over passages: those of a knowledge base, or of all readable files.
 *
 * @module
 */
import type { PartKind, SearchHit, SearchResults } from '#contract/files.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { basesOfFiles } from './search-bases.ts';
import {
  type Groups,
  parseQuery,
  toTsquery,
  withSimilar,
  withStems,
  wordsOf,
} from './search-query.ts';
import { matchesIn, snippetOf } from './search-snippet.ts';
import { tokensOf } from './search-tokens.ts';
import { similarWords } from './search-typos.ts';
import { stemsOf } from './stems.ts';

export interface SearchRequest {
  readonly scope: SearchScope;
  readonly query: string;
  readonly limit: number;
  readonly offset: number;
  /** Limits the search to passages of this file. */
  readonly fileId?: string;
  /** Only the best hit of each file. */
  readonly byFile?: boolean;
}

/** A knowledge base, or all files that may be read. */
export type SearchScope = { readonly knowledgeId: string } | ReadableScope;

export interface ReadableScope {
  /** Condition on `file` (as `f`). */
  readonly visible: SQL;
  /** Condition on `knowledge` (as `k`): hits name the first of those with the file. */
  readonly bases: SQL;
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
  text: string;
  rank: number;
  in_file: number | null;
}

interface Page {
  readonly rows: readonly HitRow[];
  readonly total: number;
  readonly files: number;
}

const NOTHING: Page = { rows: [], total: 0, files: 0 };

type Orm = Database['orm'];

/**
 * Finds passages that contain the words of the query: plain words, "a phrase", `or`, `-not`. Best
 * first. Also matches English words by stem, the last word by prefix, and scripts without spaces by
 * any substring. If there is no match, tolerates one typo per word.
 */
export async function search(db: Orm, request: SearchRequest): Promise<SearchResults> {
  const { query, byFile = false } = request;
  const parsed = parseQuery(query);
  let groups = withStems(parsed, await stemsOf(db, wordsOf(parsed)));
  let page = groups.length > 0 ? await readPage(db, request, groups) : NOTHING;
  const isApproximate = page.total === 0 && groups.length > 0;
  if (isApproximate) {
    const words = groups.flat().flatMap(({ word, negated }) =>
      word !== null && !negated ? word : []
    );
    const similar = await similarWords(db, words);
    if ([...similar.values()].some((found) => found.length > 0)) {
      groups = withSimilar(groups, similar);
      page = await readPage(db, request, groups);
    }
  }
  const hits = await toHits(db, request, page.rows, groups);
  return {
    query,
    hits,
    total: page.total,
    ...(byFile && { total_files: page.files }),
    ...(isApproximate && page.total > 0 && { approximate: true }),
  };
}

/**
 * Reads a page and its total. A page beyond the end has no row that contains the total, so the
 * first page provides it.
 */
async function readPage(db: Orm, request: SearchRequest, groups: Groups): Promise<Page> {
  const page = await askPage(db, request, groups);
  if (page.total > 0 || request.offset === 0) return page;
  return { ...await askPage(db, { ...request, offset: 0, limit: 1 }, groups), rows: [] };
}

async function askPage(db: Orm, request: SearchRequest, groups: Groups): Promise<Page> {
  const { limit, offset, byFile = false } = request;
  const [asked, whole] = [toTsquery(groups), toTsquery(groups, true)];
  const rank = asked === whole
    ? sql`ts_rank_cd(p.words, ${asked}::tsquery)`
    : sql`ts_rank_cd(p.words, ${asked}::tsquery) + ts_rank_cd(p.words, ${whole}::tsquery)`;
  const place = sql`rank desc, file_id, part_index, ordinal`;
  const grouped = byFile
    ? sql`row_number() over (partition by file_id order by ${place}) as nth,
        count(*) over (partition by file_id)::int as in_file`
    : sql`1 as nth, null::int as in_file`;
  const rows = await db.execute<HitRow & { total: number; files: number }>(sql`
    with matched as materialized (
      select p.file_id, p.part_index, p.ordinal, ${rank} as rank
      from headway.passage p ${linksOf(request)}
      where p.words @@ ${asked}::tsquery ${ofFile(request)}
    ), readable as materialized (
      select f.id, f.filename from file f
      join headway.extraction e on e.file_id = f.id and e.complete
      where f.id in (select file_id from matched) and ${visibleOf(request)}
    ), ranked as (
      select matched.*, readable.filename, ${grouped}
      from matched join readable on readable.id = matched.file_id
    ), counted as (
      select ranked.*, sum(coalesce(in_file, 1)) over ()::int as total, count(*) over ()::int as files
      from ranked where nth = 1
    ), found as (
      select * from counted order by ${place} limit ${limit} offset ${offset}
    )
    select found.file_id, found.filename, found.part_index, found.rank, found.total, found.files,
      found.in_file, t.kind, t.label, t.start_seconds, t.end_seconds, p.text
    from found
    join headway.part t on t.file_id = found.file_id and t.index = found.part_index
    join headway.passage p on p.file_id = found.file_id and p.part_index = found.part_index
      and p.ordinal = found.ordinal
    order by found.rank desc, found.file_id, found.part_index, found.ordinal`);
  return { rows, total: rows[0]?.total ?? 0, files: rows[0]?.files ?? 0 };
}

const linksOf = ({ scope }: SearchRequest): SQL =>
  'visible' in scope ? sql`` : sql`
    join knowledge_file l on l.file_id = p.file_id and l.knowledge_id = ${scope.knowledgeId}`;

const ofFile = ({ fileId }: SearchRequest): SQL =>
  fileId === undefined ? sql`` : sql`and p.file_id = ${fileId}`;

const visibleOf = ({ scope }: SearchRequest): SQL => 'visible' in scope ? scope.visible : sql`true`;

async function toHits(
  db: Orm,
  { scope }: SearchRequest,
  rows: readonly HitRow[],
  groups: Groups,
): Promise<SearchHit[]> {
  const bases = 'bases' in scope
    ? await basesOfFiles(db, rows.map(({ file_id }) => file_id), scope.bases)
    : null;
  const words = rows.flatMap(({ text }) => tokensOf(text).map(({ lexeme }) => lexeme));
  const stems = await stemsOf(db, words);
  return rows.map((row) => ({
    file_id: row.file_id,
    filename: row.filename,
    kind: row.kind,
    part_index: row.part_index,
    label: row.label,
    start: row.start_seconds,
    end: row.end_seconds,
    rank: row.rank,
    ...snippetOf(row.text, matchesIn(row.text, groups, stems)),
    ...(row.in_file !== null && { in_file: row.in_file }),
    ...(bases && { knowledge: bases.get(row.file_id) ?? null }),
  }));
}
