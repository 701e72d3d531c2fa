/**
 * `data` and `meta` of a file in the contract's shape, for any content of the host's row.
 *
 * @module
 */
import { FILE_DATA_STATUSES, type FileRow } from '#contract/files.ts';

type Given = Readonly<Record<string, unknown>>;

/** Keeps only texts where the contract has texts; unknown keys stay. */
export function toFileData(given: Given): FileRow['data'] {
  // Details are Headway's own; a key of that name in the host's row is unrelated.
  const { status, error, error_code, error_details: _, content, ...rest } = given;
  const known = FILE_DATA_STATUSES.find((one) => one === status);
  return {
    ...rest,
    ...(known && { status: known }),
    ...given.error !== undefined && { error: textOf(error) },
    ...given.error_code !== undefined && { error_code: textOf(error_code) },
    ...typeof content === 'string' && { content },
  };
}

/** A media type that is a list is replaced by its first text. */
export function toFileMeta(given: Given): FileRow['meta'] {
  const { name, content_type, size, file_hash, ...rest } = given;
  return {
    ...rest,
    ...typeof name === 'string' && { name },
    ...content_type !== undefined && { content_type: textOf(content_type) },
    ...size !== undefined && { size: typeof size === 'number' && size >= 0 ? size : null },
    ...file_hash !== undefined && { file_hash: textOf(file_hash) },
  };
}

function textOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.find((one) => typeof one === 'string') ?? null;
  return typeof value === 'string' ? value : null;
}
