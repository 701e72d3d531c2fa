/**
 * Text recognition by Tesseract in WebAssembly, in this process and without the network: its
 * program and its languages are installed packages. `tesseract.js` was not used: it adds a worker
 * thread, downloads and a cache around the same program, none of which the sandbox allows.
 *
 * @module
 */
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Result of the recognition of a picture. */
export interface Recognised {
  readonly text: string;
  /** Mean of its words, weighed by their length, 0–100. */
  readonly confidence: number;
}

export interface Recogniser {
  /** A picture in a format that Leptonica reads (PNG, JPEG, BMP, GIF, WebP, PNM), turned upright. */
  recognise(image: Uint8Array): Recognised;
}

const CORE = 'tesseract.js-core/tesseract-core-simd-lstm';
const DATA = '4.0.0_best_int';

interface TesseractApi {
  Init(path: null, languages: string, mode: number): number;
  SetVariable(name: string, value: string): void;
  SetImageFile(orientation: number, angle: number): number;
  Recognize(monitor: null): number;
  GetUTF8Text(): string;
  GetTSVText(page: number): string;
  Clear(): void;
}

interface TesseractModule {
  readonly FS: { writeFile(path: string, bytes: Uint8Array): void; unlink(path: string): void };
  readonly TessBaseAPI: new () => TesseractApi;
}

let shared: { readonly languages: string; readonly recogniser: Promise<Recogniser> } | null = null;

/** The recogniser of this process. Throws if a language is not installed. */
export function sharedRecogniser(languages: readonly string[]): Promise<Recogniser> {
  const key = languages.join('+');
  if (shared?.languages !== key) shared = { languages: key, recogniser: start(languages) };
  return shared.recogniser;
}

/** Discards the recogniser: after a crash its memory is in an undefined state. */
export function discardRecogniser(): void {
  shared = null;
}

/** Path of the data of a language, or null if its package is not installed. */
export function languagePath(language: string): string | null {
  try {
    const manifest = findPackageJSON(`@tesseract.js-data/${language}`, import.meta.url);
    return manifest ? join(dirname(manifest), DATA, `${language}.traineddata.gz`) : null;
  } catch {
    return null;
  }
}

async function start(languages: readonly string[]): Promise<Recogniser> {
  const load = createRequire(import.meta.url)(CORE) as (
    options: Record<string, unknown>,
  ) => Promise<TesseractModule>;
  // Suppresses the output of Tesseract.
  const tesseract = await load({ print: () => {}, printErr: () => {} });
  for (const language of languages) {
    const path = languagePath(language);
    if (path === null) throw new Error(`No data of text recognition for a language: ${language}`);
    const data = gunzipSync(await Deno.readFile(path));
    tesseract.FS.writeFile(`${language}.traineddata`, data);
  }
  const api = new tesseract.TessBaseAPI();
  if (api.Init(null, languages.join('+'), LSTM_ONLY) !== 0) {
    throw new Error(`Text recognition does not start: ${languages.join('+')}`);
  }
  api.SetVariable('tessedit_pageseg_mode', WHOLE_PAGE);
  return { recognise: (image) => uprightText(tesseract, api, image) };
}

const LSTM_ONLY = 1;
/** Page segmentation mode that detects columns and blocks. */
const WHOLE_PAGE = '3';
const INPUT = '/input';

/** EXIF orientations that turn a picture by a quarter more each. */
const TURNS: readonly number[] = [1, 6, 3, 8];
/** Confidence from which a page counts as upright. */
const UPRIGHT_CONFIDENCE = 70;
/** Confidence below which text is noise from lines and stains. */
const LEAST_CONFIDENCE = 35;

interface Reading extends Recognised {
  /** Number of letters of confidently recognised words. */
  readonly sure: number;
}

/** Tries other orientations if the text makes no sense. */
function uprightText(
  tesseract: TesseractModule,
  api: TesseractApi,
  image: Uint8Array,
): Recognised {
  tesseract.FS.writeFile(INPUT, image);
  try {
    const from = Math.max(0, TURNS.indexOf(orientationOf(image)));
    let best: Reading | null = null;
    for (let turn = 0; turn < TURNS.length; turn++) {
      const reading = readTurned(api, TURNS[(from + turn) % TURNS.length]!);
      if (best === null || reading.sure > best.sure) best = reading;
      if (best.confidence >= UPRIGHT_CONFIDENCE && best.sure >= 8) break;
    }
    const { text, confidence } = best!;
    return confidence < LEAST_CONFIDENCE ? { text: '', confidence } : { text, confidence };
  } finally {
    api.Clear();
    tesseract.FS.unlink(INPUT);
  }
}

function readTurned(api: TesseractApi, orientation: number): Reading {
  if (api.SetImageFile(orientation, 0) !== 0) {
    throw new Error('Leptonica cannot decode the picture');
  }
  api.Recognize(null);
  let letters = 0;
  let sure = 0;
  let sum = 0;
  for (const row of api.GetTSVText(0).split('\n')) {
    const cells = row.split('\t');
    const [confidence, word = ''] = [Number(cells[10]), cells[11]];
    const count = word.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
    if (cells[0] !== '5' || count === 0) continue;
    letters += count;
    sum += confidence * count;
    if (count > 1 && confidence >= UPRIGHT_CONFIDENCE) sure += count;
  }
  return { text: api.GetUTF8Text().trim(), confidence: letters ? sum / letters : 0, sure };
}

/** The EXIF tag 0x0112 of a JPEG, 1 without it. */
function orientationOf(image: Uint8Array): number {
  if (image[0] !== 0xff || image[1] !== 0xd8) return 1;
  const head = image.subarray(0, 4096);
  for (let at = 0; at + 12 < head.length; at++) {
    // Tag, type SHORT, count 1, in either byte order.
    if (head[at] === 0x12 && head[at + 1] === 0x01 && head[at + 2] === 3 && head[at + 4] === 1) {
      return head[at + 8]!;
    }
    if (head[at] === 0x01 && head[at + 1] === 0x12 && head[at + 3] === 3 && head[at + 7] === 1) {
      return head[at + 9]!;
    }
  }
  return 1;
}
