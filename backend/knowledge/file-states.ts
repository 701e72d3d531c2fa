/**
 * SQL for the state and the kind of a file of a knowledge base (`file f` by default).
 *
 * @module
 */
import type { FileState } from '#contract/files.ts';
import { type FileKind, KIND_PATTERNS } from '#contract/kinds.ts';
import { type SQL, sql } from 'drizzle-orm';
import { hostFile } from '../host/file-fields.ts';

/** State from the latest job of a file; without any, from its link to the knowledge base. */
export const stateOf = (knowledgeId: string, fileId: SQL = sql`f.id`): SQL => {
  const linked = sql`exists (select 1 from knowledge_file k
    where k.file_id = ${fileId} and k.knowledge_id = ${knowledgeId})`;
  const there = sql`case when ${linked} then 'ready' else 'attention' end`;
  return sql`coalesce((select case when j.finished_at is null then 'working'
      when j.status = 'completed' then 'ready' when j.status = 'error' then 'attention'
      else ${there} end
    from headway.job j where j.file_id = ${fileId}
    order by j.finished_at is null desc, j.created_at desc limit 1), ${there})`;
};

const kinds = sql.join(
  KIND_PATTERNS.map(([kind, pattern]) =>
    sql`when ${hostFile.mediaType} ~* ${pattern} or f.filename ~* ${pattern}
      then ${kind}::text`
  ),
  sql` `,
);

export const isOfKind = (kind: FileKind): SQL => sql`(case ${kinds} else 'document' end) = ${kind}`;

/** Sort order of states: files that need attention come first. */
export const STATE_ORDER: readonly FileState[] = ['attention', 'working', 'ready'];
