/**
 * Names of the streams in a compound file (MS-CFB), the container of Office 97–2003 documents and
 * of encrypted newer ones: they identify the formats.
 *
 * @module
 */
import { viewOf } from '../bytes.ts';
import { readBytes } from './files.ts';

const DIRECTORY_ENTRY_BYTES = 128;
const END_OF_CHAIN = 0xfffffffa;
/** More than any document has; a damaged chain may be circular. */
const MAX_SECTORS = 1_000;

/** Names in the directory; as many as a damaged file allows. */
export async function streamNames(path: string): Promise<string[]> {
  using file = await Deno.open(path);
  const header = viewOf(await readBytes(file, 0, 512));
  if (header.byteLength < 512) return [];
  const sectorBytes = header.getUint16(30, true) === 12 ? 4096 : 512;
  const readSector = async (sector: number) =>
    viewOf(await readBytes(file, (sector + 1) * sectorBytes, sectorBytes));
  const names: string[] = [];
  let sector = header.getUint32(48, true);
  for (let count = 0; sector < END_OF_CHAIN && count < MAX_SECTORS; count++) {
    names.push(...namesIn(await readSector(sector)));
    const perSector = sectorBytes / 4;
    const table = Math.floor(sector / perSector);
    // Only the first 109 sectors of the allocation table are named in the header (2.2).
    if (table >= 109) break;
    const fat = await readSector(header.getUint32(76 + table * 4, true));
    if (fat.byteLength < sectorBytes) break;
    sector = fat.getUint32((sector % perSector) * 4, true);
  }
  return names;
}

/** Entries hold the name in UTF-16 and its length in bytes with the final NUL at 64 (2.6.1). */
function* namesIn(directory: DataView): Generator<string> {
  for (let at = 0; at + DIRECTORY_ENTRY_BYTES <= directory.byteLength; at += 128) {
    const length = Math.min(directory.getUint16(at + 64, true), 64) - 2;
    if (length <= 0) continue;
    const name = new Uint8Array(directory.buffer, directory.byteOffset + at, length);
    yield new TextDecoder('utf-16le').decode(name);
  }
}
