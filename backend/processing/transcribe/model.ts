/**
 * Prepares the speech model from installed npm packages, without downloads at run time.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { findPackageJSON } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { LICENCE_NAME, MODEL_LICENCE } from './model-licence.ts';
import { optimize, optimizedPath } from './optimize.ts';

/** Absolute paths of the files of the recogniser and the voice detector. */
export interface SpeechModel {
  readonly encoder: string;
  readonly decoder: string;
  readonly tokens: string;
  readonly voice: string;
}

const MOONSHINE = '@usefulsensors/moonshine-js';
const MOONSHINE_FILES = 'dist/model/base/quantized';

interface Ingredient {
  readonly name: string;
  readonly sha256: string;
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

const INGREDIENTS: Record<keyof SpeechModel, Ingredient> = {
  encoder: {
    name: 'encoder.onnx',
    sha256: '1dd9ab0a7f987113d30affcba5a068d11c8f90fa0223caa3e491ade431ad9751',
    read: () => readPackaged(MOONSHINE, `${MOONSHINE_FILES}/encoder_model.onnx`),
  },
  decoder: {
    name: 'decoder.onnx',
    sha256: 'cc9f3cd6698a369c6008b41aa60aa3fb3322e7f03c9bdf19d8e6b7200afca4f3',
    read: () => readPackaged(MOONSHINE, `${MOONSHINE_FILES}/decoder_model_merged.onnx`),
  },
  tokens: {
    name: 'tokens.txt',
    // A wrong vocabulary aborts the process inside the native library, so it is checked as well.
    sha256: 'c9c3699b5683d821681c0e61df25b765c7e7a5caaebba0b50437ca0488cb0cfa',
    read: writeTokens,
  },
  voice: {
    name: 'voice.onnx',
    sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f',
    read: () => readPackaged('@ricky0123/vad-web', 'dist/silero_vad_v5.onnx'),
  },
};

const RECOGNISER = 'sherpa-onnx-node';
/** Files that are slow to load. */
const SLOW: readonly (keyof SpeechModel)[] = ['encoder', 'decoder'];

/**
 * Name by the model's hash, the version of its loader and the architecture: another model gets
 * another folder beside the old one.
 */
async function folderName(): Promise<string> {
  const manifest = JSON.parse(await Deno.readTextFile(manifestOf(RECOGNISER)));
  const { version } = manifest as { readonly version: string };
  return `moonshine-base-${INGREDIENTS.encoder.sha256.slice(0, 8)}-${version}-${Deno.build.arch}`;
}

export interface PrepareOptions {
  /** Makes the model at a path fast to load. @default optimize */
  readonly quicken?: (path: string) => Promise<void>;
}

/**
 * The model's files inside `modelDir`, created on first use. A folder of that name is complete: it
 * is filled under another name and then renamed, so several processes may prepare it at once.
 */
export async function prepareModel(
  modelDir: string,
  { quicken = optimize }: PrepareOptions = {},
): Promise<SpeechModel> {
  const folder = join(modelDir, await folderName());
  if (!await exists(folder)) await fill(modelDir, folder, quicken);
  await licence(folder);
  const path = async (part: keyof SpeechModel) => {
    const plain = join(folder, INGREDIENTS[part].name);
    const quick = optimizedPath(plain);
    return await exists(quick) ? quick : plain;
  };
  return {
    encoder: await path('encoder'),
    decoder: await path('decoder'),
    tokens: await path('tokens'),
    voice: await path('voice'),
  };
}

async function fill(
  modelDir: string,
  folder: string,
  quicken: (path: string) => Promise<void>,
): Promise<void> {
  await Deno.mkdir(modelDir, { recursive: true });
  const draft = await Deno.makeTempDir({ dir: modelDir, prefix: `${basename(folder)}.` });
  try {
    for (const { name, sha256, read } of Object.values(INGREDIENTS)) {
      const bytes = await read();
      verify(name, bytes, sha256);
      await writeSynced(join(draft, name), bytes);
    }
    for (const part of SLOW) await quicken(join(draft, INGREDIENTS[part].name));
    await openToReaders(draft).catch(() => {});
    await Deno.rename(draft, folder);
  } catch (error) {
    await Deno.remove(draft, { recursive: true }).catch(() => {});
    // Another process was faster: its folder is equivalent.
    if (!await exists(folder)) throw error;
  }
}

/** Adds the licence to folders of older versions; ignores one that cannot be written to. */
async function licence(folder: string): Promise<void> {
  const path = join(folder, LICENCE_NAME);
  if (await exists(path)) return;
  await Deno.writeTextFile(path, MODEL_LICENCE, { mode: 0o644 }).catch(() => {});
}

/** Makes the public model readable for extraction processes, which may run as another user. */
async function openToReaders(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) await Deno.chmod(join(folder, name), 0o644);
  for (const path of [folder, dirname(folder)]) await Deno.chmod(path, 0o755);
}

function verify(name: string, bytes: Uint8Array, sha256: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new Error(`The installed speech model is not the expected one, ${name} has: ${found}`);
  }
}

function readPackaged(packageName: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(join(dirname(manifestOf(packageName)), path));
}

function manifestOf(packageName: string): string {
  const manifest = findPackageJSON(packageName, import.meta.url);
  if (manifest) return manifest;
  throw new Error(`A package of the speech model is not installed: ${packageName}`);
}

/**
 * Number of entries of the model's vocabulary; those beyond the tokeniser's own are special tokens.
 */
const VOCABULARY_SIZE = 32_768;

/** `base64 index` a line, the format of sherpa-onnx; plain text would abort the process. */
async function writeTokens(): Promise<Uint8Array<ArrayBuffer>> {
  const { default: tokenizer } = await import('llama-tokenizer-js');
  const known = tokenizer.vocabById;
  const lines = Array.from({ length: VOCABULARY_SIZE }, (_, index) => {
    const entry = known[index] ?? `<<ST_${index - known.length}>>`;
    return `${tokenBytes(entry).toBase64()} ${index}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

function tokenBytes(entry: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(entry)?.[1];
  return byte ? Uint8Array.of(parseInt(byte, 16)) : new TextEncoder().encode(entry);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(path, bytes, { createNew: true });
  using file = await Deno.open(path, { write: true });
  await file.sync();
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
