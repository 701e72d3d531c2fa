/**
 * Small files of many kinds. Each names itself, so that the text of one tells that of all others.
 *
 * @module
 */
import { makeDocx, makeEpub, makePdf, makeXlsx } from '../support/documents.ts';
import { inOtherBytes, readReference } from '../support/recordings.ts';

export const KINDS = ['txt', 'md', 'csv', 'docx', 'pdf', 'xlsx', 'epub', 'wav'] as const;
export type Kind = (typeof KINDS)[number];

/** The mark of a file, of one length for all of them: it stands in its name and in its text. */
export const markOf = (n: number): string => `K${`${n}`.padStart(5, '0')}`;
export const nameOf = (n: number, kind: Kind): string => `${markOf(n)}.${kind}`;

const PDF_PAGES = 40;

export async function makeFile(n: number, kind: Kind): Promise<Uint8Array> {
  const mark = markOf(n);
  const sentence = `The file ${mark} tells of the harbour.`;
  const encode = (text: string) => new TextEncoder().encode(text);
  switch (kind) {
    case 'txt':
      return encode(sentence);
    case 'md':
      return encode(`# ${mark}\n\n${sentence}\n\n- one\n- two`);
    case 'csv':
      return encode(`place,mark\nharbour,${mark}\nbridge,${mark}\n`);
    case 'docx':
      return makeDocx([`# ${mark}`, sentence, 'And of the sea.']);
    case 'pdf':
      return makePdf(Array.from({ length: PDF_PAGES }, (_, i) => `Page ${i + 1}. ${sentence}`));
    case 'xlsx':
      return makeXlsx({ Sheet: [['Place', 'Mark'], ['Harbour', mark]], Other: [[sentence]] });
    case 'epub':
      return makeEpub([1, 2, 3].map((i) => ({
        title: `Chapter ${i}`,
        html: `<p>${sentence}</p>`,
      })));
    case 'wav': {
      const [, recording] = await readReference();
      return inOtherBytes(await Deno.readFile(recording!.path), n + 1);
    }
  }
}
