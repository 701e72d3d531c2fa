/**
 * The one write of a file's result into the existing app's tables.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { FailureCode } from '#contract/problem.ts';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { hostFile } from '../host/file-fields.ts';
import { keepStates, MAY_BE_LARGE } from '../host/known-states.ts';
import { isOnItsWay } from '../host/membership.ts';
import { sha256 } from './hash.ts';

/** A file, and the text that was read of it. */
export interface FileText {
  readonly fileId: string;
  readonly text: string;
}

/** The app sees a completed file with its text, linked to the knowledge base it was sent for. */
export async function completeFile(
  tx: Executor,
  fileId: string,
  { text, knowledgeId }: { text: string; knowledgeId: string | null },
): Promise<void> {
  await completeFiles(tx, [{ fileId, text }], knowledgeId);
}

/** {@link completeFile} for several by one statement each. */
export async function completeFiles(
  tx: Executor,
  files: readonly FileText[],
  knowledgeId: string | null,
): Promise<void> {
  const column = (of: (file: FileText) => string) => sql.param(files.map(of));
  const dataOf = ({ text }: FileText) => JSON.stringify({ status: 'completed', content: text });
  // As `json`: an app's column may be that, `jsonb` or text.
  const rows = await tx.execute<
    { id: string; user_id: string; joins: boolean; knowledge_id: string | null }
  >(sql`${KEPT}
    with given as (
      select * from unnest(${column(({ fileId }) => fileId)}::text[], ${column(dataOf)}::text[],
        ${column(({ text }) => sha256(text))}::text[]) as given (id, data, hash)
    ), arriving as materialized (
      select f.id, ${hostFile.sentFor} as knowledge_id from file f
      where f.id in (select id from given) and ${isOnItsWay}
    ), delivered as (
      insert into headway.delivered_file select id, knowledge_id from arriving
      where knowledge_id is not null order by id on conflict do nothing
    ), written as (
      update file set data = given.data::json, hash = given.hash,
        updated_at = extract(epoch from now())::bigint
      from given left join arriving on arriving.id = given.id where file.id = given.id
      returning file.id, user_id, arriving.knowledge_id, file.xmin, file.ctid,
        length(given.data) as length
    ), known as (
      ${
    keepStates(sql`select id, xmin, ctid, 'completed', null, null from written
        where length > ${MAY_BE_LARGE}::int`)
  }
    )
    select id, user_id, knowledge_id, not exists (
      select 1 from headway.job j join headway.session s on s.id = j.session_id
      where j.file_id = written.id and j.finished_at is null and not j.joins
        and s.knowledge_id = ${knowledgeId}) as joins
    from written`);
  await linkFiles(
    tx,
    rows.flatMap(({ id, user_id, joins, knowledge_id }) =>
      [...new Set([joins ? knowledgeId : null, knowledge_id])].flatMap((into) =>
        into ? [{ knowledgeId: into, fileId: id, userId: user_id }] : []
      )
    ),
  );
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

interface Link {
  readonly knowledgeId: string;
  readonly fileId: string;
  readonly userId: string;
}

/** Links a file to a knowledge base that exists; doing it twice changes nothing. */
export async function linkFile(tx: Executor, link: Link): Promise<void> {
  await linkFiles(tx, [link]);
}

async function linkFiles(tx: Executor, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  const column = (of: (link: Link) => string) => sql`${sql.param(links.map(of))}::text[]`;
  await tx.execute(sql`${KEPT}
    insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    select link.id, k.id, link.file_id, link.user_id, extract(epoch from now())::bigint,
      extract(epoch from now())::bigint
    from unnest(${column(() => crypto.randomUUID())}, ${column((link) => link.knowledgeId)},
      ${column((link) => link.fileId)}, ${column((link) => link.userId)})
      as link (id, knowledge_id, file_id, user_id)
    join knowledge k on k.id = link.knowledge_id
    on conflict (knowledge_id, file_id) do nothing`);
}
