/**
 * Parts of a file as a worker would have stored them, without reading anything.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import type postgres from 'postgres';

export interface StoredParts {
  readonly processor?: string;
  readonly complete?: boolean;
  readonly duration?: number;
  readonly parts: readonly Part[];
}

/** Lines of a recording, one after the other, each of `seconds`. */
export function segmentsOf(texts: readonly string[], seconds = 10): Part[] {
  return texts.map((text, index) => ({
    index,
    kind: 'segment',
    label: null,
    text,
    start: index * seconds,
    end: (index + 1) * seconds,
  }));
}

export function pagesOf(texts: readonly string[], kind: Part['kind'] = 'page'): Part[] {
  return texts.map((text, index) => ({ index, kind, label: null, text, start: null, end: null }));
}

/** Puts them in the place of what is there; a complete file is shown as completed. */
export async function storeParts(
  sql: postgres.Sql,
  fileId: string,
  { processor = 'pdf', complete = true, duration, parts }: StoredParts,
): Promise<void> {
  await sql`delete from headway.part where file_id = ${fileId}`;
  await sql`delete from headway.extraction where file_id = ${fileId}`;
  await sql`insert into headway.extraction (file_id, processor, version, checkpoint, complete, duration)
    values (${fileId}, ${processor}, 1, '{}', ${complete}, ${duration ?? null})`;
  for (let at = 0; at < parts.length; at += 1000) {
    const rows = parts.slice(at, at + 1000).map(({ start, end, ...part }) => ({
      ...part,
      file_id: fileId,
      start_seconds: start,
      end_seconds: end,
    }));
    await sql`insert into headway.part ${sql(rows)}`;
  }
  if (!complete) return;
  const data = JSON.stringify({
    status: 'completed',
    content: parts.map(({ text }) => text).join('\n'),
  });
  await sql`update file set data = ${data}::text::json where id = ${fileId}`;
}
