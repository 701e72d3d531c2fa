/**
 * The only writes of a file's result into the existing app's tables. A failure, a retry or a result
 * without text never removes text that the row has.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { otherKeys, withOtherKeys } from '../host/file-data.ts';
import { hostFile } from '../host/file-fields.ts';
import { hasText, textHash, textHashAtRequest } from '../host/file-text.ts';
import { editable, fromEditable } from '../host/json.ts';
import { keepStates, MAY_BE_LARGE } from '../host/known-states.ts';
import { isOnItsWay } from '../host/membership.ts';
import { linkFiles } from './file-links.ts';
import { sha256 } from './hash.ts';
import { textOfParts } from './joined-text.ts';
import { forgottenPublished, isIntended, REPLACED_TEXTS } from './stale-texts.ts';

/** A file and its extracted text; null stands for the text of its stored parts. */
export interface FileText {
  readonly fileId: string;
  readonly text: string | null;
}

export interface CompleteOptions {
  /** The knowledge base that the files were sent for. */
  readonly knowledgeId: string | null;
  /** True if a user wrote the text: it replaces any other, even if it is empty. @default false */
  readonly edited?: boolean;
  /** True if the text was published before: a failure since then persists. @default false */
  readonly restored?: boolean;
}

/**
 * Publishes a file: the app sees it as completed, with its text, linked to the knowledge base that
 * it was sent for. False if the file is gone.
 */
export async function completeFile(
  tx: Executor,
  fileId: string,
  { text, ...options }: Pick<FileText, 'text'> & CompleteOptions,
): Promise<boolean> {
  return await completeFiles(tx, [{ fileId, text }], options) > 0;
}

/**
 * {@link completeFile} for several files with one statement each. Returns the number of existing
 * ones.
 */
export async function completeFiles(
  tx: Executor,
  files: readonly FileText[],
  { knowledgeId, edited = false, restored = false }: CompleteOptions,
): Promise<number> {
  const rows = await writeTexts(tx, files, { knowledgeId, edited, restored });
  await linkFiles(
    tx,
    rows.flatMap(({ id, user_id, joins, knowledge_id, asker }) =>
      [...new Set([joins ? knowledgeId : null, knowledge_id])].flatMap((into) => {
        // A link by the owner lets writers of the knowledge base change the file.
        const userId = into === knowledge_id ? user_id : asker ?? user_id;
        return into ? [{ knowledgeId: into, fileId: id, userId }] : [];
      })
    ),
  );
  return rows.length;
}

interface Written {
  [column: string]: unknown;
  id: string;
  user_id: string;
  /** True if it is to be linked to the knowledge base of the session that read it. */
  joins: boolean;
  /** The knowledge base that it was on its way to, if it is to be linked there. */
  knowledge_id: string | null;
  /** The user who started the session that reads it for that knowledge base. */
  asker: string | null;
}

/**
 * SQL: true if completion links the file that was `written` to a knowledge base: if it never was
 * linked, neither when its job was created nor since.
 */
const linksTo = (knowledgeId: SQL): SQL =>
  sql`(not exists (select 1 from knowledge_file l
      where l.file_id = written.id and l.knowledge_id = ${knowledgeId})
    and not exists (select 1 from headway.delivered_file d
      where d.file_id = written.id and d.knowledge_id = ${knowledgeId})
    and not exists (select 1 from headway.job j join headway.session s on s.id = j.session_id
      where j.file_id = written.id and j.finished_at is null and not j.joins
        and s.knowledge_id = ${knowledgeId}))`;

/**
 * Writes texts into the app's rows and records them. A row keeps its own text if none was read, or
 * if the app has written one since the reading was requested: one that is neither the text of that
 * time nor one that Headway published or replaced. Edited texts are recorded as a whole, because a
 * later reading replaces their parts.
 */
async function writeTexts(
  tx: Executor,
  files: readonly FileText[],
  { knowledgeId, edited, restored }: Required<CompleteOptions>,
): Promise<Written[]> {
  const column = (of: (file: FileText) => string | null) =>
    sql`${sql.param(files.map(of))}::text[]`;
  const json = ({ text }: FileText) =>
    text === null ? null : JSON.stringify({ status: 'completed', content: text });
  const hash = ({ text }: FileText) => text === null ? null : sha256(text);
  const data = sql`file.data`;
  // As `json`: an app's column may be that, `jsonb` or text.
  return await tx.execute<Written>(sql`${KEPT}
    with given as materialized (
      select known.id, coalesce(known.data, stored.data) as data,
        coalesce(known.hash, stored.hash) as hash, known.content
      from unnest(${column(({ fileId }) => fileId)}, ${column(json)}, ${column(hash)},
        ${column(({ text }) => edited ? text : null)}) as known (id, data, hash, content)
      left join lateral (
        select json_build_object('status', 'completed', 'content', parts.text)::text as data,
          encode(sha256(convert_to(parts.text, 'UTF8')), 'hex') as hash
        from (${textOfParts(sql`known.id`)}) parts
      ) stored on known.data is null
    ), arriving as materialized (
      select f.id, ${hostFile.sentFor} as knowledge_id from file f
      where f.id in (select id from given) and ${isOnItsWay}
    ), delivered as (
      insert into headway.delivered_file select id, knowledge_id from arriving
      where knowledge_id is not null order by id on conflict do nothing
    ), before as materialized (
      select given.*, arriving.knowledge_id, ${otherKeys(data)} as other,
        array(select one.hash
          from unnest(array[held.hash, reading.text_hash] || was.hashes)
            with ordinality as one (hash, place)
          where one.hash <> given.hash
          group by one.hash order by min(one.place) limit ${REPLACED_TEXTS}) as replaced_hashes,
        greatest(file.updated_at, was.updated_at) as row_updated_at, held.newer,
        held.newer or (held.has_text and not ${
    hasText(sql`given.data::json`)
  } and not ${edited}::boolean) as keeps
      from given join file on file.id = given.id left join arriving on arriving.id = given.id
      left join headway.published_text p on p.file_id = given.id
      left join headway.stale_text s on s.file_id = given.id
      cross join lateral (
        select coalesce(array_remove(p.hash || p.replaced_hashes || s.hashes, null),
            '{}'::text[]) as hashes,
          greatest(p.row_updated_at, s.row_updated_at) as updated_at
      ) was
      left join lateral (
        select true as goes_on, ${textHashAtRequest} as text_hash from headway.job j
        where j.file_id = given.id and j.status = 'processing' and not ${restored}::boolean
          and not ${edited}::boolean
        order by j.started_at limit 1
      ) reading on true
      cross join lateral (
        select has_text, one.hash, coalesce(reading.goes_on
          and one.hash <> all(array_remove(array[given.hash, reading.text_hash, p.hash], null))
          and (one.hash <> all(was.hashes)
            or ${isIntended(sql`file`, sql`one.hash`, sql`was.updated_at`)}), false) as newer
        from (select ${hasText(data)} as has_text,
          case when ${hasText(data)} then ${textHash(data)} end as hash offset 0) one
      ) held
      for update of file
    ), written as (
      update file set
        data = case when keeps then coalesce(${
    fromEditable(sql`${editable(data)} - 'error' - 'error_code' || '{"status":"completed"}'`)
  }, ${data}::json)
          else ${withOtherKeys(sql`before.data`, sql`before.other`)} end,
        hash = case when keeps then file.hash else before.hash end,
        updated_at = extract(epoch from now())::bigint
      from before where file.id = before.id
      returning file.id, user_id, before.knowledge_id, file.xmin, file.ctid, keeps, newer, before.hash,
        greatest(file.updated_at, before.row_updated_at) as row_updated_at, before.replaced_hashes,
        file.created_at as row_created_at, before.content, keeps or length(before.data) > ${MAY_BE_LARGE}::int as large
    ), known as (
      ${keepStates(sql`select id, xmin, ctid, 'completed', null, null from written where large`)}
    ), read as (
      delete from headway.file_failure
      where file_id in (select id from written) and not ${restored}::boolean
    ), ${
    forgottenPublished(sql`p.file_id in (select id from written where newer)`)
  }, known_again as (
      delete from headway.stale_text where file_id in (select id from written where not keeps)
    ), published as (
      insert into headway.published_text as p
        (file_id, hash, replaced_hashes, content, edited, row_version, row_updated_at,
          row_created_at)
      select id, hash, replaced_hashes, content, ${edited}::boolean and not ${restored}::boolean,
        xmin::text, row_updated_at, row_created_at
      from written where not keeps
      on conflict (file_id) do update set hash = excluded.hash, content = excluded.content,
        replaced_hashes = excluded.replaced_hashes,
        edited = case when ${restored}::boolean then p.edited else excluded.edited end,
        row_version = excluded.row_version, row_updated_at = excluded.row_updated_at,
        row_created_at = excluded.row_created_at, published_at = now()
    )
    select id, user_id, ${linksTo(sql`${knowledgeId}::text`)} as joins,
      case when ${linksTo(sql`written.knowledge_id`)} then knowledge_id end as knowledge_id, (
      select min(s.user_id) from headway.job j join headway.session s on s.id = j.session_id
      where j.file_id = written.id and j.finished_at is null and s.knowledge_id = ${knowledgeId}
      ) as asker
    from written`);
}
