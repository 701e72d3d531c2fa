/**
 * Small files of many kinds, no two with the same bytes: equal ones are read once.
 *
 * @module
 */
import { makeDocx, makePdf } from '../tests/support/documents.ts';
import { readReference, readSamples, wavOf } from '../tests/support/recordings.ts';
import type { NamedBytes } from './world.ts';

const sentence = (at: number) => `Sentence ${at} of a file that was made to be read. `;
const paragraphs = (seed: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${seed}: ${sentence(at).repeat(6)}`);

const KINDS: ((seed: string) => Promise<NamedBytes> | NamedBytes)[] = [
  (seed) => ({ name: `${seed}.txt`, bytes: paragraphs(seed, 40).join('\n\n') }),
  (seed) => ({ name: `${seed}.md`, bytes: `# ${seed}\n\n${paragraphs(seed, 20).join('\n\n')}` }),
  (seed) => ({ name: `${seed}.html`, bytes: `<h1>${seed}</h1><p>${paragraphs(seed, 20)}</p>` }),
  (seed) => ({
    name: `${seed}.csv`,
    bytes: ['name,value', ...Array.from({ length: 200 }, (_, at) => `${seed},${at}`)].join('\n'),
  }),
  (seed) => ({
    name: `${seed}.json`,
    bytes: JSON.stringify({ seed, texts: paragraphs(seed, 20) }),
  }),
  (seed) => ({ name: `${seed}.pdf`, bytes: makePdf(paragraphs(seed, 20)) }),
  (seed) => ({ name: `${seed}.docx`, bytes: makeDocx(paragraphs(seed, 20)) }),
  (seed) => ({ name: `${seed}.pdf`, bytes: makePdf(paragraphs(seed, 60)) }),
];

/** `count` documents, every twentieth file a short recording instead. */
export async function makeMixedFiles(seed: string, count: number): Promise<NamedBytes[]> {
  const [reference] = await readReference();
  const spoken = await readSamples(reference?.path ?? '');
  const files: NamedBytes[] = [];
  for (let at = 0; at < count; at++) {
    const name = `${seed}-${at}`;
    const make = KINDS[at % KINDS.length];
    files.push(at % 20 === 19 || !make ? speech(name, spoken) : await make(name));
  }
  return files;
}

/** The same words; a few inaudible samples of its own in front of them. */
function speech(name: string, spoken: Float32Array): NamedBytes {
  const own = Float32Array.from(name, (letter) => letter.charCodeAt(0) / 32_768);
  const samples = new Float32Array(own.length + spoken.length);
  samples.set(own);
  samples.set(spoken, own.length);
  return { name: `${name}.wav`, bytes: wavOf(samples) };
}
