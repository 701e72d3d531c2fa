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
import { isOfKind, stateOf } from './file-states.ts';
import { belongsTo, type FileListRequest, linkedTo, listFiles, named } from './files.ts';

export interface KnowledgeFilesRequest extends FileListRequest {
  /** `all` and each of the states take in what was sent for the knowledge base and is not linked. */
  readonly state?: FileState | 'all' | undefined;
  readonly kind?: FileKind | undefined;
}

/** A page in the existing app's shape: of the linked files, or, where `state` asks for it, of all. */
export async function listKnowledgeFiles(
  db: Executor,
  knowledgeId: string,
  request: KnowledgeFilesRequest,
): Promise<KnowledgeFiles> {
  const { state, kind } = request;
  const ofKind = kind ? sql` and ${isOfKind(kind)}` : sql``;
  const shape = { directories: [], breadcrumbs: [] };
  if (!state) {
    return { ...await listFiles(db, sql`${linkedTo(knowledgeId)}${ofKind}`, request), ...shape };
  }
  const all = sql`${belongsTo(knowledgeId)}${ofKind}`;
  const stands = stateOf(knowledgeId);
  const wanted = state === 'all' ? all : sql`${all} and ${stands} = ${state}`;
  const [page, counts] = await Promise.all([
    listFiles(db, wanted, request, stands),
    countStates(db, sql`${all} and ${named(request)}`, stands),
  ]);
  return { ...page, ...shape, counts };
}

async function countStates(
  db: Executor,
  condition: SQL,
  state: SQL,
): Promise<Record<FileState, number>> {
  const rows = await db.execute<{ state: FileState; count: number }>(sql`
    select ${state} as state, count(*)::int as count from file f where ${condition} group by 1`);
  const counts = new Map(rows.map((row) => [row.state, row.count]));
  return {
    ready: counts.get('ready') ?? 0,
    working: counts.get('working') ?? 0,
    attention: counts.get('attention') ?? 0,
  };
}
