/**
 * PDF files whose text is drawn piece by piece: where, in which order and direction is up to a test.
 *
 * @module
 */
import { type PdfObject, writePdf } from './pdf.ts';

/** A piece of text at a place of the page, in points from its lower left corner. */
export interface Drawn {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** @default 12 */
  readonly size?: number;
  /** Degrees, counterclockwise. @default 0 */
  readonly turned?: number;
  /** Points between letters. @default 0 */
  readonly spacing?: number;
}

/** Drawn as one glyph; UTF-16 needs two units for it. */
export const ITALIC_X = '\u{1d465}';
const FIRST_HEBREW = 0x5d0;
const FIRST_LETTER = 'a'.charCodeAt(0);

/** One page for each list. Hebrew letters are drawn in the order in which they are given. */
export function makeDrawnPdf(pages: readonly (readonly Drawn[])[]): Uint8Array {
  const kids = pages.map((_, at) => `${6 + at * 2} 0 R`).join(' ');
  const objects: PdfObject[] = [
    { dictionary: '/Type/Catalog/Pages 2 0 R' },
    { dictionary: `/Type/Pages/Kids[${kids}]/Count ${pages.length}` },
    { dictionary: '/Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding' },
    { dictionary: '/Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 5 0 R' },
    { dictionary: '', stream: new TextEncoder().encode(hebrewMap()) },
    ...pages.flatMap((drawn, at) => [
      {
        dictionary: '/Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]' +
          `/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>/Contents ${7 + at * 2} 0 R`,
      },
      { dictionary: '', stream: new TextEncoder().encode(drawn.map(drawing).join('\n')) },
    ]),
  ];
  return writePdf(objects);
}

/** Lines of a column, `leading` points apart. */
export function column(
  lines: readonly string[],
  { x, y = 700, leading = 14, size }: {
    readonly x: number;
    readonly y?: number;
    readonly leading?: number;
    readonly size?: number;
  },
): Drawn[] {
  return lines.map((text, at) => ({ text, x, y: y - at * leading, ...(size && { size }) }));
}

function drawing({ text, x, y, size = 12, turned = 0, spacing = 0 }: Drawn): string {
  const isHebrew = text.charCodeAt(0) >= FIRST_HEBREW;
  const codes = isHebrew
    ? text.replaceAll(ITALIC_X, '~').replace(
      /[\u05d0-\u05ea]/g,
      (letter) => String.fromCharCode(letter.charCodeAt(0) - FIRST_HEBREW + FIRST_LETTER),
    )
    : text;
  const [cos, sin] = [Math.cos, Math.sin].map((f) => f(turned * Math.PI / 180).toFixed(5));
  return `BT /F${isHebrew ? 2 : 1} ${size} Tf ${spacing} Tc ` +
    `${cos} ${sin} ${-Number(sin)} ${cos} ${x} ${y} Tm (${codes.replace(/[\\()]/g, '\\$&')}) Tj ET`;
}

/** The letters from `a` on are those of the Hebrew alphabet; everything else is itself. */
function hebrewMap(): string {
  const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
  const lines = Array.from(
    { length: 27 },
    (_, at) => `<${hex(FIRST_LETTER + at, 2)}> <${hex(FIRST_HEBREW + at, 4)}>`,
  );
  const same = Array.from({ length: 64 }, (_, at) => `<${hex(32 + at, 2)}> <${hex(32 + at, 4)}>`);
  return [
    '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
    '1 begincodespacerange <00> <ff> endcodespacerange',
    '1 beginbfchar',
    '<7e> <d835dc65>',
    'endbfchar',
    `${lines.length} beginbfchar`,
    ...lines,
    'endbfchar',
    `${same.length} beginbfchar`,
    ...same,
    'endbfchar',
    'endcmap end end',
  ].join('\n');
}
