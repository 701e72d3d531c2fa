/**
 * Reads the content of a file: a page of it, its outline, or all of it in batches. A file in
 * processing has the parts up to its last checkpoint.
 *
 * @module
 */
import type { FileParts, FoundInside, OutlineEntry, Part, PartKind } from '#contract/files.ts';
import { insidePattern, rangesIn } from '#contract/inside.ts';
import { and, asc, count, eq, gte } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { extraction, part } from '../database/schema.ts';

/** Facts about a file's parts that need no part to be read. */
export type AboutParts = Omit<FileParts, 'parts' | 'total'>;

/** Processors whose lines are rows of a table. */
const TABLES = ['csv', 'spreadsheet'];

/** Processors of recordings: `speech`, `transcription:whisper-1`. */
const TRANSCRIBERS = /^(speech|transcription:.*)$/;

/** `kind` is null if nothing was read yet. */
export async function aboutParts(db: Executor, fileId: string): Promise<AboutParts> {
  const [row] = await db.select().from(extraction).where(eq(extraction.fileId, fileId));
  if (!row) return { kind: null, duration: null, table: false, complete: false };
  return {
    kind: TRANSCRIBERS.test(row.processor) ? 'transcript' : 'document',
    duration: row.duration,
    table: TABLES.includes(row.processor),
    complete: row.complete,
  };
}

/** A page of a file's parts. `offset` is the index of the first. */
export async function listParts(
  db: Executor,
  fileId: string,
  page: { offset: number; limit: number },
): Promise<FileParts> {
  const about = await aboutParts(db, fileId);
  const [tally] = await db.select({ total: count() }).from(part).where(eq(part.fileId, fileId));
  const parts = await partsFrom(db, fileId, page);
  return { ...about, parts, total: tally?.total ?? 0 };
}

/** Parts in memory at once. */
const BATCH = 250;

/** All parts in order, in batches. */
export async function* partBatches(db: Executor, fileId: string): AsyncGenerator<Part[]> {
  for (let offset = 0;;) {
    const parts = await partsFrom(db, fileId, { offset, limit: BATCH });
    const last = parts.at(-1);
    if (!last) return;
    yield parts;
    offset = last.index + 1;
  }
}

async function partsFrom(
  db: Executor,
  fileId: string,
  { offset, limit }: { offset: number; limit: number },
): Promise<Part[]> {
  const rows = await db.select().from(part)
    .where(and(eq(part.fileId, fileId), gte(part.index, offset)))
    .orderBy(asc(part.index)).limit(limit);
  return rows.map(({ fileId: _fileId, separator, ...row }) =>
    ({ ...row, ...separator !== null && { separator } }) as Part
  );
}

/** The structure of a file, without its text. */
export async function outlineOf(db: Executor, fileId: string): Promise<OutlineEntry[]> {
  const rows = await db.select({ index: part.index, kind: part.kind, label: part.label })
    .from(part).where(eq(part.fileId, fileId)).orderBy(asc(part.index));
  const entries: OutlineEntry[] = [];
  for (const { index, kind, label } of rows) {
    const last = entries.at(-1);
    if (last && last.kind === kind && last.label === label) last.count += 1;
    else entries.push({ index, count: 1, kind: kind as PartKind, label });
  }
  return entries;
}

/**
 * Counts the matches of `query` part by part. Stops once `signal` aborts, because the response is
 * no longer needed.
 */
export async function findInFile(
  db: Executor,
  fileId: string,
  query: string,
  signal: AbortSignal,
): Promise<FoundInside> {
  const found: FoundInside = { query, total: 0, parts: [] };
  const pattern = insidePattern(query);
  if (!pattern) return found;
  for await (const parts of partBatches(db, fileId)) {
    if (signal.aborted) break;
    for (const { index, text } of parts) {
      const { length } = rangesIn(text, pattern);
      if (length === 0) continue;
      found.parts.push([index, length]);
      found.total += length;
    }
  }
  return found;
}
