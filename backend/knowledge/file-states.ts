/**
 * SQL about a file of a knowledge base (`file f` unless told otherwise): where it stands, what kind it is.
 *
 * @module
 */
import type { FileState } from '#contract/files.ts';
import { type FileKind, KIND_PATTERNS } from '#contract/kinds.ts';
import { type SQL, sql } from 'drizzle-orm';
import { hostFile } from '../host/file-fields.ts';

/** The latest work on a file tells where it stands; without any, whether the file is linked does. */
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

/** What needs somebody comes first. */
export const STATE_ORDER: readonly FileState[] = ['attention', 'working', 'ready'];
