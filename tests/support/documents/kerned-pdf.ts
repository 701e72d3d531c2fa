/**
 * PDF files as word processors and TeX write them: each line is an array of pieces of words with
 * distances between them, in several fonts.
 *
 * @module
 */
import { type PdfObject, writePdf } from './pdf.ts';

const WORDS =
  ('there are sentences on a page and each of them says something about parcels depots ' +
    'districts prices agreements and the people who signed them in the spring of the year before')
    .split(' ');
const LINES = 42;
const WORDS_A_LINE = 11;
const FONTS = ['Times-Roman', 'Times-Bold', 'Times-Italic'];

/** @param seed other words for each */
export function makeKernedPdf(pages: number, seed = 0): Uint8Array {
  const next = sequence(seed + 1);
  const firstPage = 3 + FONTS.length;
  const kids = Array.from({ length: pages }, (_, at) => `${firstPage + at * 2} 0 R`).join(' ');
  const fonts = FONTS.map((_, at) => `/F${at} ${3 + at} 0 R`).join('');
  const objects: PdfObject[] = [
    { dictionary: '/Type/Catalog/Pages 2 0 R' },
    { dictionary: `/Type/Pages/Kids[${kids}]/Count ${pages}` },
    ...FONTS.map((name) => ({
      dictionary: `/Type/Font/Subtype/Type1/BaseFont/${name}/Encoding/WinAnsiEncoding`,
    })),
    ...Array.from({ length: pages }, (_, at): PdfObject[] => [
      {
        dictionary: '/Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]' +
          `/Resources<</Font<<${fonts}>>>>/Contents ${firstPage + 1 + at * 2} 0 R`,
      },
      { dictionary: '', stream: new TextEncoder().encode(pageContent(next)) },
    ]).flat(),
  ];
  return writePdf(objects);
}

function pageContent(next: (below: number) => number): string {
  const lines = Array.from({ length: LINES }, (_, line) => {
    const words = Array.from({ length: WORDS_A_LINE }, () => WORDS[next(WORDS.length)]!);
    const font = next(8) === 0 ? 1 + next(2) : 0;
    const pieces = words.map((word) => {
      const cut = 1 + next(word.length);
      return `(${word.slice(0, cut)})${next(40) - 20}(${word.slice(cut)})-${250 + next(60)}`;
    });
    return `/F${font} 11 Tf 1 0 0 1 60 ${780 - line * 17} Tm [${pieces.join('')}] TJ`;
  });
  return `BT\n${lines.join('\n')}\nET`;
}

/** The same numbers each time. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(state / 65_536) % below;
  };
}
