/**
 * The one write of a file's result into the existing app's tables.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { FailureCode } from '#contract/problem.ts';
import type { Executor } from '../database/connection.ts';
import { sha256 } from './hash.ts';

/** The app sees a completed file with its text, linked to the knowledge base it was sent for. */
export async function completeFile(
  tx: Executor,
  fileId: string,
  result: { text: string; knowledgeId: string | null },
): Promise<void> {
  const data = JSON.stringify({ status: 'completed', content: result.text });
  const rows = await tx.execute<{ user_id: string; knowledge_id: string | null }>(sql`
    update file set data = ${data}, hash = ${sha256(result.text)},
      updated_at = extract(epoch from now())::bigint
    where id = ${fileId}
    returning user_id, meta::jsonb #>> '{data,knowledge_id}' as knowledge_id`);
  const [row] = rows;
  if (!row) return;
  for (const knowledgeId of new Set([result.knowledgeId, row.knowledge_id])) {
    if (knowledgeId) await linkFile(tx, { knowledgeId, fileId, userId: row.user_id });
  }
}

/** The app sees a failed file with its reason, and with its code for readers of other languages. */
export async function failFile(
  tx: Executor,
  fileId: string,
  { code, message }: { readonly code: FailureCode; readonly message: string },
): Promise<void> {
  const data = JSON.stringify({ status: 'failed', error: message, error_code: code });
  await tx.execute(sql`
    update file set data = ${data}, updated_at = extract(epoch from now())::bigint
    where id = ${fileId}`);
}

/** Links a file to a knowledge base that exists; doing it twice changes nothing. */
export async function linkFile(
  tx: Executor,
  link: { knowledgeId: string; fileId: string; userId: string },
): Promise<void> {
  await tx.execute(sql`
    insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    select ${crypto.randomUUID()}, k.id, ${link.fileId}, ${link.userId},
      extract(epoch from now())::bigint, extract(epoch from now())::bigint
    from knowledge k where k.id = ${link.knowledgeId}
    on conflict (knowledge_id, file_id) do nothing`);
}
