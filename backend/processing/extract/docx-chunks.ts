/**
 * Documents that Word includes when it opens a document (`w:altChunk`, ECMA-376 part 1, 17.17.2):
 * Word, HTML, RTF, web archives or plain text.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import PostalMime from 'postal-mime';
import type { Archive } from './archive.ts';
import { htmlToText } from './html.ts';
import { rtfToText } from './rtf-text.ts';
import { decodeText } from './text.ts';

/** Reads the bytes of another Word document. */
type WordReaderOfBytes = (bytes: Uint8Array) => Promise<string | null>;

/** Text of the chunk, or null for any other format. */
export async function chunkText(
  archive: Archive,
  entry: string,
  readWord: WordReaderOfBytes,
): Promise<string | null> {
  if (!archive.has(entry)) return null;
  const bytes = await archive.read(entry);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return await readWord(bytes);
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2000)).trimStart();
  if (head.startsWith('{\\rtf')) return rtfToText(Buffer.from(bytes).toString('latin1'));
  if (/^[\w-]+:[^\n]*\r?\n[^]*?content-type:/i.test(head)) return await archiveText(bytes);
  if (/\.x?html?$/i.test(entry) || /<(!doctype html|html|body|p|div|table)\b/i.test(head)) {
    return htmlToText(decodeText(bytes)).text;
  }
  return /\.txt$/i.test(entry) ? decodeText(bytes).trim() : null;
}

/** A web archive (MHTML). */
async function archiveText(bytes: Uint8Array): Promise<string | null> {
  const { html, text } = await PostalMime.parse(bytes);
  return html ? htmlToText(html).text : text ?? null;
}
