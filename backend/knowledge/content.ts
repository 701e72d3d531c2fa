/**
 * Stores the extracted content of a file: its parts, the checkpoint to resume from, and the
 * passages for search.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import type { Notice } from '#contract/notices.ts';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { extraction, part, passage } from '../database/schema.ts';
import { textOfParts } from './joined-text.ts';
import { cutPassages, toPassages } from './passages.ts';
import { lockFiles } from './lock-files.ts';
import { toVectors, WORDS_VERSION } from './search-index.ts';

/**
 * Processor and source of an extraction; another version, or other bytes, start from the beginning.
 */
export interface Reader {
  readonly id: string;
  readonly version: number;
  /** The bytes and their declared language, see {@link "./reuse.ts"}; null where unknown. */
  readonly source: string | null;
}

export interface Extraction {
  readonly checkpoint: Record<string, unknown> | null;
  readonly fraction: number;
  readonly complete: boolean;
  readonly notices: readonly Notice[];
}

/**
 * Returns the existing extraction of this file by this reader. Removes that of another version; its
 * published text is kept as a whole, to be restored until another replaces it.
 */
export async function openExtraction(
  tx: Executor,
  fileId: string,
  reader: Reader,
): Promise<Extraction> {
  const [row] = await tx.select().from(extraction).where(eq(extraction.fileId, fileId));
  if (row && isOf(row, reader)) {
    const { checkpoint, fraction, complete, notices } = row;
    return { checkpoint, fraction, complete, notices: notices ?? [] };
  }
  if (row?.complete) await keepPublished(tx, fileId);
  if (row) await removeContent(tx, fileId);
  return { checkpoint: null, fraction: 0, complete: false, notices: [] };
}

async function keepPublished(tx: Executor, fileId: string): Promise<void> {
  await tx.execute(sql`
    update headway.published_text set content = parts.text
    from (${textOfParts(sql`${fileId}`)}) parts
    where file_id = ${fileId} and content is null`);
}

function isOf(row: typeof extraction.$inferSelect, reader: Reader): boolean {
  return row.processor === reader.id && row.version === reader.version &&
    (row.fileHash === null || reader.source === null || row.fileHash === reader.source);
}

export interface StoredStep {
  readonly parts: readonly Part[];
  readonly checkpoint: Record<string, unknown>;
  readonly fraction: number;
  /** Notices on everything read so far. @default none */
  readonly notices?: readonly Notice[];
  /** Length of a recording in seconds, once known. */
  readonly duration: number | null;
}

/** Rows per statement. */
const CHUNK = 500;

/** Stores parts with their passages, and the checkpoint after them. Idempotent. */
export async function storeParts(
  tx: Executor,
  fileId: string,
  reader: Reader,
  step: StoredStep,
): Promise<void> {
  await insertParts(tx, step.parts.map((row) => ({ ...row, fileId })));
  const { checkpoint, fraction, duration } = step;
  const notices = step.notices?.length ? [...step.notices] : null;
  const nextIndex = (step.parts.at(-1)?.index ?? -1) + 1;
  await tx.insert(extraction)
    .values({
      fileId,
      processor: reader.id,
      version: reader.version,
      checkpoint,
      nextIndex,
      fraction,
      duration,
      notices,
      fileHash: reader.source,
    })
    .onConflictDoUpdate({
      target: extraction.fileId,
      set: {
        checkpoint,
        fraction,
        notices,
        nextIndex: sql`greatest(${extraction.nextIndex}, excluded.next_index)`,
        duration: sql`coalesce(excluded.duration, ${extraction.duration})`,
        fileHash: sql`coalesce(excluded.file_hash, ${extraction.fileHash})`,
        updatedAt: sql`now()`,
      },
    });
}

/** A part, and the file that it belongs to. */
export type PartOf = Part & { readonly fileId: string };

/**
 * Stores parts of any files with their passages. Columns are passed as one parameter each: one per
 * value takes ten times as long.
 */
export async function insertParts(tx: Executor, rows: readonly PartOf[]): Promise<void> {
  for (let from = 0; from < rows.length; from += CHUNK) {
    const parts = rows.slice(from, from + CHUNK);
    const column = <K extends keyof PartOf>(key: K) => sql.param(parts.map((row) => row[key]));
    await tx.execute(sql`${KEPT}
      insert into headway.part (file_id, index, kind, label, text, start_seconds, end_seconds,
        separator)
      select * from unnest(${column('fileId')}::text[], ${column('index')}::int[],
        ${column('kind')}::text[], ${column('label')}::text[], ${column('text')}::text[],
        ${column('start')}::float8[], ${column('end')}::float8[],
        ${sql.param(parts.map(({ separator }) => separator ?? null))}::text[])
      on conflict do nothing`);
    await insertPassages(tx, parts);
  }
}

/** Passages of one statement: their words take several times the memory of their text. */
const PASSAGES = 100;

async function insertPassages(
  tx: Executor,
  parts: readonly Pick<PartOf, 'fileId' | 'index' | 'text'>[],
): Promise<void> {
  const passages = parts.flatMap(({ fileId, index, text }) =>
    toPassages(text).map((passage, ordinal) => ({ fileId, index, ordinal, passage }))
  );
  for (let from = 0; from < passages.length; from += PASSAGES) {
    const rows = passages.slice(from, from + PASSAGES);
    const column = <K extends keyof typeof rows[0]>(key: K) =>
      sql.param(rows.map((row) => row[key]));
    const words = await toVectors(tx, rows.map(({ passage }) => passage));
    await tx.execute(sql`${KEPT}
      insert into headway.passage (file_id, part_index, ordinal, text, words, words_version)
      select file_id, part_index, ordinal, text, words::tsvector, ${WORDS_VERSION}::smallint
      from unnest(${column('fileId')}::text[], ${column('index')}::int[],
        ${column('ordinal')}::int[], ${column('passage')}::text[], ${sql.param(words)}::text[])
        as given (file_id, part_index, ordinal, text, words)
      on conflict do nothing`);
  }
}

/** Marks the extraction as complete, and splits remaining parts into passages. */
export async function indexContent(tx: Executor, fileId: string): Promise<void> {
  await lockFiles(tx, [fileId]);
  // Parts stored by an older release have none before the end.
  const uncut = await tx.select({ index: part.index, text: part.text }).from(part).where(
    // Written out: bare column names would refer to the passage.
    sql`${part.fileId} = ${fileId} and not exists (select 1 from headway.passage p
      where p.file_id = ${fileId} and p.part_index = headway.part.index)`,
  ).orderBy(asc(part.index));
  await insertPassages(tx, uncut.map((row) => ({ ...row, fileId })));
  await tx.update(extraction).set({ complete: true, fraction: 1 })
    .where(and(eq(extraction.fileId, fileId), eq(extraction.complete, false)));
}

/** The text of a completely read file. */
export async function readText(tx: Executor, fileId: string): Promise<string> {
  const [row] = await tx.execute<{ text: string }>(textOfParts(sql`${fileId}`));
  return row!.text;
}

/** Maximum characters of a section of an edited text. */
const SECTION_LENGTH = 4000;

/** Reader of texts that were not extracted from bytes. */
export const EDITED = 'edited';

/** Replaces the content of a file with an edited text: its parts add up to it. */
export async function replaceContent(tx: Executor, fileId: string, text: string): Promise<void> {
  await lockFiles(tx, [fileId]);
  await removeContent(tx, fileId);
  const parts = cutPassages(text, SECTION_LENGTH).map((section, index): Part => ({
    index,
    kind: 'section',
    label: null,
    start: null,
    end: null,
    ...section,
  }));
  const reader = { id: EDITED, version: 1, source: null };
  await storeParts(tx, fileId, reader, { parts, checkpoint: {}, fraction: 1, duration: null });
  await indexContent(tx, fileId);
}

/** Removes all content of a file. */
export async function removeContent(tx: Executor, fileId: string): Promise<void> {
  for (const table of [passage, part, extraction]) {
    await tx.delete(table).where(eq(table.fileId, fileId));
  }
}
