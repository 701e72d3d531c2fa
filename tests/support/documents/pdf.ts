/**
 * PDF 1.4 files written by hand: with text, with images only, behind a password.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** A stream or other object; encryption concerns streams only, as no object here holds strings. */
export interface PdfObject {
  readonly dictionary: string;
  readonly stream?: Uint8Array;
}

/** One page for each text; lines are kept, a blank line leaves a gap. Latin letters only. */
export function makePdf(pages: readonly string[]): Uint8Array {
  return writePdf(pagesOf(pages.map(textContent)));
}

/** A small file of so many pages: its tree names one page again and again. */
export function makeHugePdf(pages: number): Uint8Array {
  const page = '/Type/Page/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents 5 0 R';
  const kids = '4 0 R '.repeat(pages);
  return writePdf([
    { dictionary: '/Type/Catalog/Pages 2 0 R' },
    { dictionary: `/Type/Pages/Kids[${kids}]/Count ${pages}` },
    { dictionary: '/Type/Font/Subtype/Type1/BaseFont/Helvetica' },
    { dictionary: page },
    { dictionary: '', stream: latin1(textContent('The same page')) },
  ]);
}

/** Pages that show a picture and have no text, as a scanner makes them. */
export function makeImageOnlyPdf(pages = 2): Uint8Array {
  return writePdf(pagesOf(Array.from({ length: pages }, () => 'q 500 0 0 700 50 50 cm /Im Do Q')));
}

/** A page for each JPEG, which covers it. */
export function makeScannedPdf(
  pictures: readonly {
    readonly jpeg: Uint8Array;
    readonly width: number;
    readonly height: number;
  }[],
  cover: readonly string[] = [],
): Uint8Array {
  const covers = pagesOf(cover.map(textContent));
  const first = Math.max(covers.length, 4) + 1;
  const head = covers.length > 0 ? covers : pagesOf([]);
  const pages = pictures.flatMap(({ jpeg, width, height }, at) => {
    const own = first + at * 3;
    const shown = `q ${width / 2} 0 0 ${height / 2} 0 0 cm /Im Do Q`;
    return [
      {
        dictionary: `/Type/Page/Parent 2 0 R/MediaBox[0 0 ${width / 2} ${height / 2}]` +
          `/Resources<</XObject<</Im ${own + 1} 0 R>>>>/Contents ${own + 2} 0 R`,
      },
      {
        dictionary: `/Type/XObject/Subtype/Image/Width ${width}/Height ${height}` +
          '/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode',
        stream: jpeg,
      },
      { dictionary: '', stream: latin1(shown) },
    ];
  });
  const kids = [
    ...cover.map((_, at) => `${5 + at * 2} 0 R`),
    ...pictures.map((_, at) => `${first + at * 3} 0 R`),
  ];
  const tree = { dictionary: `/Type/Pages/Kids[${kids.join(' ')}]/Count ${kids.length}` };
  return writePdf([head[0]!, tree, ...head.slice(2), ...pages]);
}

/**
 * Encrypted with RC4 of 40 bits (PDF 1.7, 7.6, revision 2). An empty `password` opens without
 * asking, as in files that only forbid printing.
 */
export function makeEncryptedPdf(pages: readonly string[], password = 'secret'): Uint8Array {
  const id = new Uint8Array(16).fill(7);
  const permissions = -44;
  const owner = rc4(md5(padded('owner')).subarray(0, 5), padded(password));
  const key = md5(
    concat(padded(password), owner, int32(permissions), id),
  ).subarray(0, 5);
  const user = rc4(key, PADDING);
  const objects = pagesOf(pages.map(textContent)).map((object, at) => ({
    ...object,
    stream: object.stream && rc4(objectKey(key, at + 1), object.stream),
  }));
  const encrypt = `<</Filter/Standard/V 1/R 2/O<${hex(owner)}>/U<${hex(user)}>/P ${permissions}>>`;
  return writePdf(objects, `/Encrypt ${encrypt}/ID[<${hex(id)}><${hex(id)}>]`);
}

/** Catalogue, page tree, font and image, then page and content for each page. */
function pagesOf(contents: readonly string[]): PdfObject[] {
  const kids = contents.map((_, at) => `${5 + at * 2} 0 R`).join(' ');
  const resources = '<</Font<</F1 3 0 R>>/XObject<</Im 4 0 R>>>>';
  return [
    { dictionary: '/Type/Catalog/Pages 2 0 R' },
    { dictionary: `/Type/Pages/Kids[${kids}]/Count ${contents.length}` },
    { dictionary: '/Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding' },
    {
      dictionary: '/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray' +
        '/BitsPerComponent 8',
      stream: Uint8Array.of(0x80),
    },
    ...contents.flatMap((content, at) => [
      {
        dictionary: `/Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources ${resources}` +
          `/Contents ${6 + at * 2} 0 R`,
      },
      { dictionary: '', stream: latin1(content) },
    ]),
  ];
}

function textContent(text: string): string {
  const lines = text.split('\n').map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj T*`);
  return `BT /F1 12 Tf 14 TL 50 780 Td\n${lines.join('\n')}\nET`;
}

export function writePdf(objects: readonly PdfObject[], trailer = ''): Uint8Array {
  const chunks: Uint8Array[] = [];
  const offsets: number[] = [];
  let length = 0;
  const write = (chunk: string | Uint8Array) => {
    const bytes = typeof chunk === 'string' ? latin1(chunk) : chunk;
    chunks.push(bytes);
    length += bytes.length;
  };
  write('%PDF-1.4\n');
  objects.forEach(({ dictionary, stream }, at) => {
    offsets.push(length);
    write(`${at + 1} 0 obj\n<<${dictionary}${stream ? `/Length ${stream.length}` : ''}>>\n`);
    if (stream) [`stream\n`, stream, '\nendstream\n'].forEach(write);
    write('endobj\n');
  });
  const start = length;
  write(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`);
  for (const offset of offsets) write(`${String(offset).padStart(10, '0')} 00000 n \n`);
  write(
    `trailer\n<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${start}\n%%EOF`,
  );
  return concat(...chunks);
}

const PADDING = Uint8Array.fromHex(
  '28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a',
);

function padded(password: string): Uint8Array {
  return concat(latin1(password), PADDING).subarray(0, 32);
}

function objectKey(key: Uint8Array, number: number): Uint8Array {
  const suffix = Uint8Array.of(number & 0xff, number >> 8 & 0xff, number >> 16 & 0xff, 0, 0);
  return md5(concat(key, suffix)).subarray(0, key.length + 5);
}

function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  const swap = (a: number, b: number) => [state[a], state[b]] = [state[b]!, state[a]!];
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i]! + key[i % key.length]!) & 0xff;
    swap(i, j);
  }
  let i = 0;
  let j = 0;
  return data.map((byte) => {
    i = (i + 1) & 0xff;
    j = (j + state[i]!) & 0xff;
    swap(i, j);
    return byte ^ state[(state[i]! + state[j]!) & 0xff]!;
  });
}

function md5(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('md5').update(bytes).digest());
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
