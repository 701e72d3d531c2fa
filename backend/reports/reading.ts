/**
 * Data source of the reports: files of a knowledge base, and their texts part by part.
 *
 * @module
 */
import { CANCELLED } from '#contract/failures.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { belongsTo, linkedTo } from '../host/membership.ts';

export interface FileFacts {
  [column: string]: unknown;
  readonly id: string;
  readonly name: string;
  readonly media_type: string;
  readonly bytes: number;
  /** Length of a recording, seconds. */
  readonly seconds: number | null;
  readonly parts: number;
  readonly created_at: number;
}

const facts = sql`f.id, ${hostFile.name} as name,
  coalesce(${hostFile.mediaType}, 'application/octet-stream') as media_type,
  coalesce(${hostFile.size}, 0) as bytes, e.duration as seconds,
  coalesce(e.next_index, 0) as parts, coalesce(f.created_at, 0)::float8 as created_at`;

/** The ready files, oldest first. */
export async function readyFiles(db: Executor, knowledgeId: string): Promise<FileFacts[]> {
  const rows = await db.execute<FileFacts>(sql`
    select ${facts} from file f left join headway.extraction e on e.file_id = f.id
    where ${linkedTo(knowledgeId)} order by f.created_at, f.id`);
  return [...rows];
}

export async function oneFile(
  db: Executor,
  knowledgeId: string,
  fileId: string,
): Promise<FileFacts | null> {
  const [row] = await db.execute<FileFacts>(sql`
    select ${facts} from file f left join headway.extraction e on e.file_id = f.id
    where f.id = ${fileId} and ${linkedTo(knowledgeId)}`);
  return row ?? null;
}

export interface Failure {
  [column: string]: unknown;
  readonly name: string;
  readonly details: MessageDetails | null;
  /** The reason in the app's row. */
  readonly reason: string | null;
  readonly code: string | null;
}

/** Files that were uploaded to the knowledge base, or named in a session of it, and failed. */
export async function failures(db: Executor, knowledgeId: string): Promise<Failure[]> {
  const rows = await db.execute<Failure>(sql`
    with meant as (
      select f.id from file f where ${belongsTo(knowledgeId)}
      union select job.file_id from headway.job join headway.session s on s.id = job.session_id
        where s.knowledge_id = ${knowledgeId} and job.status = 'error')
    select ${hostFile.name} as name,
      e.message as details, ${hostFile.error} as reason,
      coalesce(e.code, ${hostFile.errorCode}) as code
    from meant join file f on f.id = meant.id
    left join headway.file_failure e on e.file_id = f.id
    where not ${linkedTo(knowledgeId)}
      and (e.file_id is not null or (${hostFile.status} = 'failed'
        and ${hostFile.errorCode} is distinct from ${CANCELLED}))
    order by f.created_at, f.id limit 500`);
  return [...rows];
}

export interface TextPart {
  [column: string]: unknown;
  readonly index: number;
  readonly label: string | null;
  readonly kind: string;
  readonly text: string;
  readonly start: number | null;
  readonly end: number | null;
}

const PAGE = 200;

/** The text of a file, part by part. */
export async function* partsOf(db: Executor, fileId: string): AsyncGenerator<TextPart> {
  for (let after = -1;;) {
    const rows = await db.execute<TextPart>(sql`
      select index, label, kind, text, start_seconds as start, end_seconds as end
      from headway.part where file_id = ${fileId} and index > ${after}
      order by index limit ${PAGE}`);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.index;
  }
}

export async function nameOf(db: Executor, knowledgeId: string): Promise<string | null> {
  const [row] = await db.execute<{ name: string }>(
    sql`select name from knowledge where id = ${knowledgeId}`,
  );
  return row?.name ?? null;
}
