/**
 * The files of a knowledge base, filtered and sorted.
 *
 * @module
 */
import type { FileState } from '#contract/files.ts';
import type { FileKind } from '#contract/kinds.ts';
import type { KnowledgeFiles } from '#contract/knowledge.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { PAGE_SIZE } from './bases.ts';
import { isOfKind, stateOf } from './file-states.ts';
import { type FilePage, matching, readListed } from './files.ts';
import {
  countListed,
  countStates,
  type Listed,
  listedFiles,
  type ListOrder,
  orderOf,
  stateOfListed,
} from './listed.ts';

export interface KnowledgeFilesRequest extends FilePage, ListOrder {
  /** `all` and each of the states include files sent for the knowledge base and not linked. */
  readonly state?: FileState | 'all' | undefined;
  readonly kind?: FileKind | undefined;
}

/** A page in the existing app's shape: of the linked files, or with `state` of all. */
export async function listKnowledgeFiles(
  db: Executor,
  knowledgeId: string,
  request: KnowledgeFilesRequest,
): Promise<KnowledgeFiles> {
  const { state } = request;
  const listed = await listedFiles(db, knowledgeId);
  const condition = conditionOf(request);
  const shape = { directories: [], breadcrumbs: [] };
  const page = readListed(db, pageOf(listed, request, condition), state && stateOf(knowledgeId));
  if (!state) {
    const count = countListed(db, listed, { linked: true, condition });
    const [items, total] = await Promise.all([page, count]);
    return { items, total, ...shape };
  }
  const [items, counts] = await Promise.all([page, countStates(db, listed, condition)]);
  const all = counts.ready + counts.working + counts.attention;
  return { items, total: state === 'all' ? all : counts[state], ...shape, counts };
}

/** Null without a filter. */
function conditionOf({ query, kind }: KnowledgeFilesRequest): SQL | null {
  const conditions = [
    ...(query === '' ? [] : [sql`l.filename ilike ${matching({ query })}`]),
    ...(kind
      ? [sql`exists (select 1 from file f where f.id = l.file_id and ${isOfKind(kind)})`]
      : []),
  ];
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : null;
}

/** SQL for the ids of the page as `id`, with their `place`. */
function pageOf(
  { knowledgeId, rows }: Listed,
  request: KnowledgeFilesRequest,
  condition: SQL | null,
): SQL {
  const { state, orderBy, page, limit = PAGE_SIZE } = request;
  const oneState = state !== undefined && state !== 'all';
  const from = oneState || orderBy === 'state'
    ? sql`(select l.*, ${stateOfListed(knowledgeId)} as state from ${rows}) l`
    : rows;
  const order = orderOf(request);
  return sql`
    select l.file_id as id, row_number() over (order by ${order}) as place from ${from}
    where ${state ? sql`true` : sql`l.linked`} ${oneState ? sql`and l.state = ${state}` : sql``}
      ${condition ? sql`and ${condition}` : sql``}
    order by ${order} limit ${limit} offset ${(page - 1) * limit}`;
}
