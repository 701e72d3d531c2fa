/**
 * The directory at the end of a ZIP file (APPNOTE.TXT 6.3.10): its entries and their positions.
 *
 * @module
 */
import type { DocumentKind } from '#contract/messages/failures.ts';
import { viewOf } from '../bytes.ts';
import { brokenFile, tooLargeInside } from './failures.ts';
import { readBytes } from './files.ts';

const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

export interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly offset: number;
}

/** End-of-directory record and its ZIP64 sibling (APPNOTE 4.3.14–4.3.16). */
export async function readDirectory(
  file: Deno.FsFile,
  what: DocumentKind,
  maxEntries: number,
): Promise<Entry[]> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - 65_557);
  const tail = await readBytes(file, tailStart, size - tailStart);
  const view = viewOf(tail);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw brokenFile(what, new Error('No end of the archive'));
  let count = view.getUint16(at + 10, true);
  let length = view.getUint32(at + 12, true);
  let offset = view.getUint32(at + 16, true);
  if (at >= 20 && view.getUint32(at - 20, true) === 0x07064b50) {
    const end = viewOf(await readBytes(file, Number(view.getBigUint64(at - 12, true)), 56));
    if (end.byteLength < 56) throw brokenFile(what, new Error('No ZIP64 record'));
    count = Number(end.getBigUint64(32, true));
    length = Number(end.getBigUint64(40, true));
    offset = Number(end.getBigUint64(48, true));
  }
  if (count > maxEntries || length > MAX_DIRECTORY_BYTES) {
    throw tooLargeInside(what, maxEntries, 'entries');
  }
  const directory = await readBytes(file, offset, length);
  return [...entriesOf(directory, count, what)];
}

function* entriesOf(directory: Uint8Array, count: number, what: DocumentKind): Generator<Entry> {
  const view = viewOf(directory);
  for (let at = 0, i = 0; i < count; i++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== 0x02014b50) {
      throw brokenFile(what, new Error('Damaged directory of the archive'));
    }
    const [names, extras, comments] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const name = directory.subarray(at + 46, at + 46 + names!);
    const extra = directory.subarray(at + 46 + names!, at + 46 + names! + extras!);
    yield {
      name: new TextDecoder().decode(name).replaceAll('\\', '/'),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...largeFields(extra, {
        inflated: view.getUint32(at + 24, true),
        compressed: view.getUint32(at + 20, true),
        offset: view.getUint32(at + 42, true),
      }),
    };
    at += 46 + names! + extras! + comments!;
  }
}

/** Fields of 0xffffffff are in the ZIP64 extra field (id 1), in this order (APPNOTE 4.5.3). */
function largeFields(
  extra: Uint8Array,
  fields: { inflated: number; compressed: number; offset: number },
): { compressed: number; offset: number } {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    for (const key of ['inflated', 'compressed', 'offset'] as const) {
      if (fields[key] !== 0xffffffff || next + 8 > extra.length) continue;
      fields[key] = Number(view.getBigUint64(next, true));
      next += 8;
    }
  }
  return { compressed: fields.compressed, offset: fields.offset };
}
