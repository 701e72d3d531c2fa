/**
 * Membership of files in a knowledge base, as SQL about `file f`: a row of `knowledge_file`.
 * `meta.data.knowledge_id` names a knowledge base only for a file on its way there. It counts until
 * the file is completed, linked or removed, and again once a session names the file.
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
 * delivered before, nor completed. Checked in this order: the last check may parse a long text.
 */
const onItsWayTo = (knowledgeId: string | SQL): SQL =>
  sql`(case when exists (select 1 from knowledge_file l
      where l.file_id = f.id and l.knowledge_id = ${knowledgeId}) then false
    when exists (select 1 from headway.delivered_file d
      where d.file_id = f.id and d.knowledge_id = ${knowledgeId}) then false
    else ${hostFile.status} <> 'completed' end)`;

export const isOnItsWay: SQL = onItsWayTo(hostFile.sentFor);

/** Ids that JSON never escapes. */
const PLAIN = /^[\w-]+$/;

/** Files on their way to a knowledge base. Most are excluded before their `meta` is parsed. */
export const sentFor = (knowledgeId: string): SQL =>
  sql`(${
    PLAIN.test(knowledgeId) ? sql`strpos(f.meta::text, ${knowledgeId}) > 0` : sql`true`
  } and ${hostFile.sentFor} = ${knowledgeId} and ${onItsWayTo(knowledgeId)})`;

/**
 * Rows of `id`: the knowledge bases that a file is linked to, by a `link` (about `l`) if given, or
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

/** Files of jobs that will link them to a knowledge base, retried jobs too. */
const joining = (knowledgeId: string): SQL =>
  sql`f.id in (select j.file_id from headway.job j join headway.session s on s.id = j.session_id
    where s.knowledge_id = ${knowledgeId} and j.joins and j.status <> 'completed')`;

/** Files in a knowledge base, or that any job may still add to it. */
export const mayBelongTo = (knowledgeId: string): SQL =>
  sql`(${belongsTo(knowledgeId)} or ${joining(knowledgeId)})`;

/** Files that no other knowledge base has, or waits for. */
export const belongsToNoneBut = (knowledgeId: string): SQL =>
  sql`not exists (select 1 from ${basesOf()} near join knowledge o on o.id = near.id
    where o.id <> ${knowledgeId})`;

/**
 * Prevents jobs of the files, a condition on `f`, from linking them to the knowledge base. Must
 * precede locks of files: a worker locks its job first.
 */
export async function keepOut(tx: Executor, knowledgeId: string, files: SQL): Promise<void> {
  await tx.execute(sql`
    update headway.job j set joins = false from headway.session s
    where s.id = j.session_id and s.knowledge_id = ${knowledgeId} and j.joins
      and j.status <> 'completed' and j.file_id in (select f.id from file f where ${files})`);
}

/**
 * Records the links of a file while it is read: a link that the app removes before the end is not
 * created again. False if the file is gone.
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
 * Marks files named by a session as on their way to its knowledge base again, even if they were
 * removed before.
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

/** Updates the file index after changes that touch no row of the app, so that no trigger runs. */
export async function listAnew(tx: Executor, fileIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select headway.list_files(${sql.param(fileIds)}::text[]) where headway.keeps_file_list()`);
}

/**
 * Marks the files, a condition on `f`, as no longer on their way to a knowledge base. Must precede
 * the change of the host's rows, from which the file index is derived.
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
