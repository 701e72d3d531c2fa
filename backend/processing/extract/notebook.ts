/**
 * Jupyter notebooks (nbformat 3 and 4): prose, code and printed results in their order.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { headedSections } from './sections.ts';
import { cleanText, decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const WHAT = 'notebook';
const MAX_BYTES = 64 * 1024 * 1024;
export const NOTEBOOK = 'application/x-ipynb+json';

/** A notebook keeps text as a string or as a list of lines. */
type Lines = string | readonly string[];

interface Output {
  readonly text?: Lines;
  readonly data?: Readonly<Record<string, Lines>>;
  readonly ename?: string;
  readonly evalue?: string;
}

interface Cell {
  readonly cell_type?: string;
  readonly source?: Lines;
  /** The source of code in nbformat 3. */
  readonly input?: Lines;
  readonly outputs?: readonly Output[];
}

interface Notebook {
  readonly cells?: readonly Cell[];
  readonly worksheets?: readonly { readonly cells?: readonly Cell[] }[];
  readonly metadata?: { readonly language_info?: { readonly name?: string } };
}

export const notebookProcessor: Processor = {
  id: 'notebook',
  version: 1,
  step: 'extract',
  mediaTypes: [NOTEBOOK],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const text = textOf(parse(decodeText(await readWhole(path, WHAT, MAX_BYTES))));
    yield* walk(sectionUnits(headedSections(text), () => emptyText(WHAT)), checkpoint, signal);
  },
};

function parse(text: string): Notebook {
  try {
    const notebook = JSON.parse(text);
    if (typeof notebook !== 'object' || notebook === null) throw new TypeError('No object');
    return notebook;
  } catch (error) {
    throw brokenFile(WHAT, error);
  }
}

function textOf({ cells, worksheets, metadata }: Notebook): string {
  const language = metadata?.language_info?.name ?? '';
  const all = cells ?? worksheets?.flatMap(({ cells }) => cells ?? []) ?? [];
  if (!Array.isArray(all)) throw brokenFile(WHAT);
  return all.filter(isObject).flatMap((cell: Cell) => cellTexts(cell, language)).join('\n\n');
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

function cellTexts({ cell_type, source, input, outputs }: Cell, language: string): string[] {
  const text = lines(source ?? input).trim();
  if (cell_type !== 'code') return text ? [text] : [];
  const results = (Array.isArray(outputs) ? outputs : []).filter(isObject).map(outputText);
  return [
    ...text ? [`${fence(text)}${language}\n${text}\n${fence(text)}`] : [],
    ...results.filter(Boolean).map((result) => `${fence(result)}\n${result}\n${fence(result)}`),
  ];
}

/** Printed or displayed text; pictures have none. */
function outputText({ text, data, ename, evalue }: Output): string {
  const shown = text ?? data?.['text/plain'] ?? data?.['text/markdown'];
  const error = ename ? `${ename}: ${evalue ?? ''}` : '';
  // deno-lint-ignore no-control-regex
  return cleanText((lines(shown) || error).replace(/\x1b\[[\d;]*m/g, '')).trim();
}

function fence(text: string): string {
  return text.includes('```') ? '~~~' : '```';
}

function lines(text: unknown): string {
  return cleanText(Array.isArray(text) ? text.map(String).join('') : String(text ?? ''));
}
