/**
 * Which files belong to a knowledge base, as SQL about `file f`. Membership is a row of
 * `knowledge_file`. `meta.data.knowledge_id` names a knowledge base only for a file on its way there:
 * it counts until the file is completed, linked or taken out, and again once a session names the file.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { hostFile } from './file-fields.ts';

/** Files linked to a knowledge base. */
export const linkedTo = (knowledgeId: string): SQL =>
  sql`f.id in (select l.file_id from knowledge_file l where l.knowledge_id = ${knowledgeId})`;

/**
 * True for a file on its way to the knowledge base that its `meta` names: neither linked there, nor
 * delivered before, nor completed. Asked in this order: the last may parse a long text.
 */
const onItsWayTo = (knowledgeId: string | SQL): SQL =>
  sql`(case when exists (select 1 from knowledge_file l
      where l.file_id = f.id and l.knowledge_id = ${knowledgeId}) then false
    when exists (select 1 from headway.delivered_file d
      where d.file_id = f.id and d.knowledge_id = ${knowledgeId}) then false
    else ${hostFile.status} <> 'completed' end)`;

export const isOnItsWay: SQL = onItsWayTo(hostFile.sentFor);

/** Ids that stand in JSON as they are, whatever writes it. */
const PLAIN = /^[\w-]+$/;

/** Files on their way to a knowledge base. Most are ruled out before their `meta` is parsed. */
export const sentFor = (knowledgeId: string): SQL =>
  sql`(${
    PLAIN.test(knowledgeId) ? sql`strpos(f.meta::text, ${knowledgeId}) > 0` : sql`true`
  } and ${hostFile.sentFor} = ${knowledgeId} and ${onItsWayTo(knowledgeId)})`;

/**
 * Rows of `id`: the knowledge bases that have a file, by a `link` (about `l`) if given, or that it is
 * on its way to.
 */
export const basesOf = (link: SQL = sql`true`): SQL =>
  sql`(select l.knowledge_id as id from knowledge_file l where l.file_id = f.id and ${link}
    union all select ${hostFile.sentFor} where ${isOnItsWay})`;

/** Rows of `id`: the knowledge base that a file is on its way to. */
export const nextBaseOf: SQL = sql`(select ${hostFile.sentFor} as id where ${isOnItsWay})`;

/** Files linked to a knowledge base, or on their way there. */
export const belongsTo = (knowledgeId: string): SQL =>
  sql`(${linkedTo(knowledgeId)} or ${sentFor(knowledgeId)})`;

/** Files of jobs that link them to a knowledge base once they complete, retried ones too. */
const joining = (knowledgeId: string): SQL =>
  sql`f.id in (select j.file_id from headway.job j join headway.session s on s.id = j.session_id
    where s.knowledge_id = ${knowledgeId} and j.joins and j.status <> 'completed')`;

/** Files that a knowledge base has, or that anything may still bring there. */
export const mayBelongTo = (knowledgeId: string): SQL =>
  sql`(${belongsTo(knowledgeId)} or ${joining(knowledgeId)})`;

/** Files that no knowledge base but this one has, or waits for. */
export const belongsToNoneBut = (knowledgeId: string): SQL =>
  sql`not exists (select 1 from ${basesOf()} near join knowledge o on o.id = near.id
    where o.id <> ${knowledgeId})`;

/**
 * Jobs of the files, a condition on `f`, do not link them to the knowledge base when they complete.
 * Precedes locks of files: a worker locks its job first.
 */
export async function keepOut(tx: Executor, knowledgeId: string, files: SQL): Promise<void> {
  await tx.execute(sql`
    update headway.job j set joins = false from headway.session s
    where s.id = j.session_id and s.knowledge_id = ${knowledgeId} and j.joins
      and j.status <> 'completed' and j.file_id in (select f.id from file f where ${files})`);
}

/**
 * Records the links that a file has while it is read: what the app removes before the end is not
 * linked again. False where the file is gone.
 */
export async function recordLinks(tx: Executor, fileId: string): Promise<boolean> {
  const [row] = await tx.execute(sql`${KEPT}
    with linked as (
      insert into headway.delivered_file (file_id, knowledge_id)
      select file_id, knowledge_id from knowledge_file where file_id = ${fileId}
      order by knowledge_id on conflict do nothing)
    select 1 from file where id = ${fileId}`);
  return row !== undefined;
}

/**
 * Files that a session names are on their way to its knowledge base again, also where they were taken
 * out before.
 */
export async function sendAgain(
  tx: Executor,
  knowledgeId: string,
  fileIds: readonly string[],
): Promise<void> {
  const rows = await tx.execute<{ file_id: string }>(sql`${KEPT}
    delete from headway.delivered_file d
    where d.knowledge_id = ${knowledgeId} and d.file_id = any(${sql.param(fileIds)}::text[])
      and not exists (select 1 from knowledge_file l
        where l.file_id = d.file_id and l.knowledge_id = d.knowledge_id)
    returning d.file_id`);
  if (rows.length > 0) await listAnew(tx, rows.map((row) => row.file_id));
}

/** Derives the kept list where no row of the app changes, so that no trigger does. */
export async function listAnew(tx: Executor, fileIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select headway.list_files(${sql.param(fileIds)}::text[]) where headway.keeps_file_list()`);
}

/**
 * The files, a condition on `f`, are on their way to a knowledge base no more. Precedes the change
 * of the host's rows, from which the kept list is derived.
 */
export async function markDelivered(
  tx: Executor,
  knowledgeId: string,
  files: SQL,
): Promise<void> {
  await tx.execute(sql`
    insert into headway.delivered_file (file_id, knowledge_id)
    select f.id, ${knowledgeId} from file f where ${files} order by f.id on conflict do nothing`);
}
