/**
 * Reuses extracted content: bytes that were read before are not read again; their content is
 * copied.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { type Extraction, openExtraction, type Reader, removeContent } from './content.ts';

/** Identity of a file for a processor: the SHA-256 of its bytes, and their declared language. */
export function sourceOf(fileHash: string | null, language: string | null): string | null {
  if (!fileHash) return null;
  return language ? `${fileHash} ${language.toLowerCase()}` : fileHash;
}

export interface OpenedExtraction extends Extraction {
  /** True if nothing is left to read: this file, or an identical one, was read before. */
  readonly readBefore: boolean;
}

/**
 * Returns the extraction to resume; a complete one of the same bytes by the same reader is copied.
 */
export async function openOrReuse(
  tx: Executor,
  fileId: string,
  reader: Reader,
): Promise<OpenedExtraction> {
  const own = await openExtraction(tx, fileId, reader);
  if (own.complete) {
    await nameSource(tx, fileId, reader);
    return { ...own, readBefore: true };
  }
  if (!(await copyContent(tx, fileId, reader))) return { ...own, readBefore: false };
  return { ...(await openExtraction(tx, fileId, reader)), readBefore: true };
}

/** Adds the source, which extractions of an older release lack. */
async function nameSource(tx: Executor, fileId: string, { source }: Reader): Promise<void> {
  if (source === null) return;
  await tx.execute(sql`
    update headway.extraction set file_hash = ${source}
    where file_id = ${fileId} and file_hash is null`);
}

/** Copies a complete extraction of the same source, with its parts and passages. */
async function copyContent(tx: Executor, fileId: string, reader: Reader): Promise<boolean> {
  if (reader.source === null) return false;
  const [found] = await tx.execute<{ file_id: string }>(sql`
    select file_id from headway.extraction
    where file_hash = ${reader.source} and processor = ${reader.id}
      and version = ${reader.version} and complete and file_id <> ${fileId}
    order by updated_at desc limit 1 for share skip locked`);
  if (!found) return false;
  await removeContent(tx, fileId);
  await tx.execute(sql`
    insert into headway.part (file_id, index, kind, label, text, start_seconds, end_seconds,
      separator)
    select ${fileId}, index, kind, label, text, start_seconds, end_seconds, separator
    from headway.part where file_id = ${found.file_id}`);
  await tx.execute(sql`
    insert into headway.passage (file_id, part_index, ordinal, text, words, words_version)
    select ${fileId}, part_index, ordinal, text, words, words_version
    from headway.passage where file_id = ${found.file_id}`);
  await tx.execute(sql`
    insert into headway.extraction (file_id, processor, version, checkpoint, next_index, fraction,
      duration, complete, notices, file_hash)
    select ${fileId}, processor, version, checkpoint, next_index, fraction, duration, complete,
      notices, file_hash
    from headway.extraction where file_id = ${found.file_id}`);
  return true;
}
