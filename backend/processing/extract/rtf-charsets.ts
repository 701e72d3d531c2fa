/**
 * Character sets of RTF (RTF 1.9.1, `\\fcharset` and `\\cpg`).
 *
 * @module
 */
import { decoderOf, knownEncoding, type StreamDecoder } from '../encoding/decoder.ts';

/** Code pages by the character set of a font. 0 and 1 mean that of the document. */
const FONT_CHARSETS: Readonly<Record<number, number>> = {
  77: 10000,
  128: 932,
  129: 949,
  130: 1361,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
  254: 437,
  255: 850,
};

/** Names of code pages other than `cp…` or `windows-…` with their number. */
const CODE_PAGES: Readonly<Record<number, string>> = {
  10000: 'macintosh',
  10007: 'x-mac-cyrillic',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1361: 'euc-kr',
  65001: 'utf-8',
  20866: 'koi8-r',
  21866: 'koi8-u',
  28591: 'windows-1252',
  28592: 'iso-8859-2',
  28595: 'iso-8859-5',
  54936: 'gb18030',
};

/** Code page of a font's character set, or null for that of the document. */
export function codePageOfFont(charset: number): number | null {
  return FONT_CHARSETS[charset] ?? null;
}

/** Decoder of a code page; of Windows-1252 for one that is not known. */
export function decoderOfCodePage(page: number): StreamDecoder {
  const names = [
    CODE_PAGES[page] ?? '',
    `windows-${page}`,
    `cp${page}`,
    `iso-8859-${page - 28590}`,
  ];
  return decoderOf(names.find((name) => name && knownEncoding(name)) ?? 'windows-1252');
}
