/**
 * Decoders for all encodings of texts. An invalid byte becomes U+FFFD and does not affect later
 * ones. `TextDecoder` supports the encodings of the web; `iconv-lite` has the tables of MS-DOS and
 * of the older Macintosh, and UTF-32.
 *
 * @module
 */
import iconv from 'iconv-lite';
import { Buffer } from 'node:buffer';

export interface StreamDecoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}

/** Names that neither library knows, or knows as a narrower encoding than intended. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  'windows-31j': 'shift_jis',
  ms932: 'shift_jis',
  cp936: 'gbk',
  ms936: 'gbk',
  cp949: 'euc-kr',
  ms949: 'euc-kr',
  uhc: 'euc-kr',
  johab: 'euc-kr',
  cp950: 'big5',
  'utf-32': 'utf-32le',
  utf32: 'utf-32le',
  cp866: 'ibm866',
  macroman: 'macintosh',
  'mac-roman': 'macintosh',
  'x-mac-roman': 'macintosh',
};

/** The name by which an encoding is decoded, or null for an unknown one. */
export function knownEncoding(label: string): string | null {
  const name = ALIASES[label.trim().toLowerCase()] ?? label.trim().toLowerCase();
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return iconv.encodingExists(name) ? name : null;
  }
}

/** A decoder that leaves a byte order mark in the text; throws for an unknown encoding. */
export function decoderOf(encoding: string): StreamDecoder {
  const name = knownEncoding(encoding);
  if (name === null) throw new RangeError(`Unknown encoding: ${encoding}`);
  try {
    return new TextDecoder(name, { ignoreBOM: true });
  } catch {
    return iconvDecoder(name);
  }
}

function iconvDecoder(name: string): StreamDecoder {
  const open = () => iconv.getDecoder(name, { stripBOM: false });
  let decoder = open();
  return {
    decode(bytes, { stream = false } = {}) {
      const text = bytes ? decoder.write(Buffer.from(bytes)) : '';
      if (stream) return text;
      const end = decoder.end() ?? '';
      decoder = open();
      return text + end;
    },
  };
}
