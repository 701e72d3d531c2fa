/**
 * Files in the existing app's shapes, and the parts (pages, segments) that Headway adds to them.
 *
 * @module
 */
import * as v from 'valibot';
import { Id } from './bounds.ts';
import { DeclaredLanguage } from './language.ts';
import { details } from './messages/schema.ts';
import { NoticeDocument } from './notices.ts';
import { ErrorCode } from './problem.ts';
import { FILE_STATES } from './states.ts';

export * from './states.ts';

export const FILE_DATA_STATUSES = ['pending', 'processing', 'completed', 'failed'] as const;

/** A knowledge base that a file is linked to, and the user who linked it. */
export const FileLink = v.object({
  knowledge_id: v.string(),
  knowledge_name: v.string(),
  linked_by: v.string(),
  linked_by_name: v.nullable(v.string()),
  linked_at: v.nullable(v.number()),
});
export type FileLink = v.InferOutput<typeof FileLink>;

/**
 * A row of `file`. Lists omit `data.content`; `data.error` is the reason of a failure and
 * `data.error_code` its code. `meta.file_hash` is the SHA-256 of the bytes, `hash` that of the
 * extracted text.
 */
export const FileRow = v.object({
  id: v.string(),
  user_id: v.string(),
  hash: v.nullable(v.string()),
  filename: v.string(),
  data: v.looseObject({
    status: v.optional(v.picklist(FILE_DATA_STATUSES)),
    error: v.optional(v.nullable(v.string())),
    error_details: details,
    error_code: v.optional(ErrorCode),
    content: v.optional(v.string()),
  }),
  meta: v.looseObject({
    name: v.optional(v.string()),
    content_type: v.optional(v.nullable(v.string())),
    size: v.optional(v.nullable(v.number())),
    file_hash: v.optional(v.nullable(v.string())),
  }),
  created_at: v.number(),
  updated_at: v.nullable(v.number()),
  notices: v.optional(
    v.pipe(v.array(NoticeDocument), v.description('What was not read in full or not reliably')),
  ),
  state: v.optional(v.pipe(v.picklist(FILE_STATES), v.description('Where `state` was asked for'))),
  linked_to: v.optional(
    v.pipe(v.array(FileLink), v.description('Of one file, for its owner: where it is linked')),
  ),
});
export type FileRow = v.InferOutput<typeof FileRow>;

/** JSON text of the multipart field `metadata` of `POST /files/`. */
export const UploadMetadata = v.looseObject({
  knowledge_id: v.optional(v.nullable(Id)),
  language: v.optional(v.nullable(DeclaredLanguage)),
  job_id: v.optional(v.nullable(Id)),
});
export type UploadMetadata = v.InferOutput<typeof UploadMetadata>;

export const ProcessStatus = v.object({
  status: v.picklist(FILE_DATA_STATUSES),
  error: v.optional(v.string()),
});
export type ProcessStatus = v.InferOutput<typeof ProcessStatus>;

/** Kinds of parts. A recording consists of segments, a document of the others. */
export const PART_KINDS = ['page', 'slide', 'sheet', 'chapter', 'section', 'segment'] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** A piece of a file's text: a page of a document, or a segment of a recording with its times. */
export const Part = v.object({
  index: v.pipe(v.number(), v.description('0-based position in the file')),
  kind: v.picklist(PART_KINDS),
  label: v.pipe(v.nullable(v.string()), v.description('Name of a sheet, title of a chapter')),
  text: v.string(),
  start: v.pipe(v.nullable(v.number()), v.description('Seconds from the beginning')),
  end: v.pipe(v.nullable(v.number()), v.description('Seconds from the beginning')),
  separator: v.optional(v.pipe(
    v.string(),
    v.description('Stands before it in the text of the file; left out: a blank line'),
  )),
});
export type Part = v.InferOutput<typeof Part>;

/** Response of `GET /files/{id}/parts?offset=&limit=`. */
export const FileParts = v.object({
  kind: v.pipe(
    v.nullable(v.picklist(['document', 'transcript'])),
    v.description('null: no parts yet'),
  ),
  duration: v.pipe(v.nullable(v.number()), v.description('Seconds; recordings only')),
  table: v.pipe(v.boolean(), v.description('Lines are rows, their cells apart by " | "')),
  complete: v.pipe(v.boolean(), v.description('false: more may come while it is processed')),
  parts: v.array(Part),
  total: v.number(),
});
export type FileParts = v.InferOutput<typeof FileParts>;

/** Neighbouring parts of one kind and label: all pages of a book, the sections of a sheet. */
export const OutlineEntry = v.object({
  index: v.pipe(v.number(), v.description('0-based position of the first')),
  count: v.number(),
  kind: v.picklist(PART_KINDS),
  label: v.nullable(v.string()),
});
export type OutlineEntry = v.InferOutput<typeof OutlineEntry>;

/** Response of `GET /files/{id}/outline`. */
export const FileOutline = v.object({ entries: v.array(OutlineEntry) });
export type FileOutline = v.InferOutput<typeof FileOutline>;

/** Response of `GET /files/{id}/find?q=`: case-insensitive matches of a text. */
export const FoundInside = v.object({
  query: v.string(),
  total: v.number(),
  parts: v.pipe(
    v.array(v.tuple([v.number(), v.number()])),
    v.description('Index of a part, and how often it stands there'),
  ),
});
export type FoundInside = v.InferOutput<typeof FoundInside>;

/** Export formats of a file's text; the two subtitle formats need times. */
export const EXPORT_FORMATS = ['txt', 'md', 'srt', 'vtt', 'json'] as const;
export type ExportFormatName = (typeof EXPORT_FORMATS)[number];

/** Response of `GET /files/{id}/export?format=json`. */
export const ExportedFile = v.object({
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['document', 'transcript']),
  duration: v.nullable(v.number()),
  complete: v.boolean(),
  parts: v.array(Part),
});
export type ExportedFile = v.InferOutput<typeof ExportedFile>;

/** Knowledge base of a hit: the first by name of those with the file that the asker may read. */
export const HitKnowledge = v.object({
  id: v.string(),
  name: v.string(),
  total: v.pipe(v.number(), v.description('Knowledge bases with the file, this one among them')),
});
export type HitKnowledge = v.InferOutput<typeof HitKnowledge>;

/**
 * One hit of a search. `snippet` is plain text; the matches are `[start, end)` character ranges of
 * it.
 */
export const SearchHit = v.object({
  file_id: v.string(),
  filename: v.string(),
  kind: v.picklist(PART_KINDS),
  part_index: v.number(),
  label: v.nullable(v.string()),
  start: v.nullable(v.number()),
  end: v.nullable(v.number()),
  snippet: v.string(),
  matches: v.array(v.tuple([v.number(), v.number()])),
  rank: v.number(),
  in_file: v.optional(
    v.pipe(v.number(), v.description('With `group=file`: hits in the file, this one among them')),
  ),
  knowledge: v.optional(
    v.pipe(
      v.nullable(HitKnowledge),
      v.description('`GET /search` only: the first by name of its knowledge bases; null: in none'),
    ),
  ),
});
export type SearchHit = v.InferOutput<typeof SearchHit>;

/** Response of `GET /search` and `GET /knowledge/{id}/search?q=&limit=&offset=`. */
export const SearchResults = v.object({
  query: v.string(),
  hits: v.array(SearchHit),
  total: v.pipe(v.number(), v.description('Hits in all')),
  total_files: v.optional(
    v.pipe(v.number(), v.description('With `group=file`: files that have any, to page over')),
  ),
  approximate: v.optional(
    v.pipe(v.boolean(), v.description('true: nothing holds the words, these hold similar ones')),
  ),
});
export type SearchResults = v.InferOutput<typeof SearchResults>;
