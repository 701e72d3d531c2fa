/**
 * SQL for the fields of the host's `file.meta` and `file.data`, one fragment each. None fails, and
 * none transfers more out of PostgreSQL than its name says.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { readableObject } from './json.ts';

/** Stored size of `data`, bytes, from which its state is cached: reading it is slow. */
const LARGE = sql.raw('2000');

/** Fields of `file.meta`. */
export interface MetaFields {
  /** Media type, or null. */
  readonly mediaType: SQL;
  /** Size of the bytes, or null. */
  readonly size: SQL;
  /** SHA-256 of the bytes, or null. */
  readonly fileHash: SQL;
  /** Declared language, or null. */
  readonly language: SQL;
  /** Knowledge base named by the uploader. No proof of membership: see `membership.ts`. */
  readonly sentFor: SQL;
}

/** Fields of a row of `file`. */
export interface FileFields extends MetaFields {
  /** `meta` as `jsonb` object. */
  readonly meta: SQL;
  /** Display name. */
  readonly name: SQL;
  /** `pending`, `processing`, `completed` or `failed`, never null. */
  readonly status: SQL;
  /** Reason of a failure, or null. */
  readonly error: SQL;
  /** Code of a failure, or null. */
  readonly errorCode: SQL;
  /** True if the state is not cached for this version of the row, and slow to read. */
  readonly unlearned: SQL;
  /** `data` with its state only, as `jsonb`. */
  readonly data: SQL;
  /** `data` with its text, as `jsonb`: megabytes. */
  readonly wholeData: SQL;
  /** The text, or null: megabytes. */
  readonly content: SQL;
}

const textIn = (value: SQL, key: string) =>
  sql`headway.first_text(${value} -> ${sql.raw(`'${key}'`)})`;

/**
 * Fields of a `meta` already parsed as a `jsonb` object, for queries that need several of many
 * rows.
 */
export function metaFields(meta: SQL): MetaFields {
  return {
    mediaType: textIn(meta, 'content_type'),
    size: sql`headway.byte_count(${meta} -> 'size')`,
    fileHash: textIn(meta, 'file_hash'),
    language: sql`headway.first_text(${meta} #> '{data,language}')`,
    sentFor: sql`(${meta} #>> '{data,knowledge_id}')`,
  };
}

/**
 * Fields of the row that `file` names in a statement, which must have the table's system columns.
 */
export function fileFields(file: SQL): FileFields {
  const meta = readableObject(sql`${file}.meta`);
  const wholeData = readableObject(sql`${file}.data`);
  const current = sql`known.file_id = ${file}.id and known.row_xmin = ${file}.xmin
    and known.row_ctid = ${file}.ctid`;
  const large = sql`pg_column_size(${file}.data) > ${LARGE}`;
  const known = (column: string, otherwise: SQL) =>
    sql`coalesce(case when ${large} then (select ${sql.raw(`known.${column}`)}
      from headway.known_state known where ${current}) end, ${otherwise})`;
  const status = known('status', sql`headway.status_of(${file}.data)`);
  const reasonOf = (key: string) => known(key, textIn(wholeData, key));
  const whenFailed = (value: SQL) => sql`(case when ${status} = 'failed' then ${value} end)`;
  return {
    meta,
    ...metaFields(meta),
    name: sql`coalesce(${textIn(meta, 'name')}, ${file}.filename)`,
    status,
    error: whenFailed(reasonOf('error')),
    errorCode: whenFailed(reasonOf('error_code')),
    unlearned: sql`(${large} and not exists (
      select 1 from headway.known_state known where ${current}))`,
    data: sql`(select case one.status when 'failed' then jsonb_strip_nulls(jsonb_build_object(
        'status', one.status, 'error', ${reasonOf('error')}, 'error_code', ${
      reasonOf('error_code')
    }))
      else jsonb_build_object('status', one.status) end
      from (select ${status} as status offset 0) one)`,
    wholeData,
    content: sql`(${wholeData} ->> 'content')`,
  };
}

/** {@link FileFields} of `file f`. */
export const hostFile: FileFields = fileFields(sql`f`);
