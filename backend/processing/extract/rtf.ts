/**
 * Rich Text Format (RTF 1.9.1): the text of the document without fonts, pictures and fields.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { cutSections } from './sections.ts';
import { cleanText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const WHAT = 'RTF document';
const MAX_BYTES = 64 * 1024 * 1024;

/** Groups that hold something else than text of the document. */
const SKIPPED_GROUPS = new Set(
  ('fonttbl colortbl stylesheet info pict object fldinst header headerl headerr headerf footer ' +
    'footerl footerr footerf listtable listoverridetable revtbl rsidtbl generator themedata ' +
    'colorschememapping datastore latentstyles xmlnstbl filetbl bkmkstart bkmkend').split(' '),
);

const CHARACTERS: Readonly<Record<string, string>> = {
  par: '\n\n',
  sect: '\n\n',
  page: '\n\n',
  line: '\n',
  row: '\n',
  cell: ' | ',
  tab: '\t',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  '~': '\u00a0',
  '_': '-',
  '{': '{',
  '}': '}',
  '\\': '\\',
};

/** A control word with its number, an escaped byte, a symbol, a brace, or a run of text. */
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([\da-f]{2})|\\([^a-z\d])|([{}])|([^\\{}\r\n]+)/gi;

export const rtfProcessor: Processor = {
  id: 'rtf',
  version: 2,
  step: 'extract',
  mediaTypes: ['application/rtf', 'text/rtf'],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const bytes = await readWhole(path, WHAT, MAX_BYTES);
    const source = new TextDecoder('windows-1252').decode(bytes);
    const sections = cutSections(rtfToText(source)).map((section) => ({ label: null, ...section }));
    yield* walk(sectionUnits(sections, () => emptyText(WHAT)), checkpoint, signal);
  },
};

interface Group {
  skipped: boolean;
  /** Characters after a `\u` that repeat it for programs without Unicode. */
  readonly fallback: number;
}

function rtfToText(source: string): string {
  if (!source.startsWith('{\\rtf')) throw brokenFile(WHAT);
  const codePage = codePageOf(source);
  const groups: Group[] = [{ skipped: false, fallback: 1 }];
  let text = '';
  let ignore = 0;
  const write = (piece: string) => {
    const kept = piece.slice(ignore);
    ignore = Math.max(0, ignore - piece.length);
    if (!groups.at(-1)!.skipped) text += kept;
  };
  for (const [, word, number, byte, symbol, brace, run] of source.matchAll(TOKEN)) {
    const group = groups.at(-1)!;
    if (brace === '{') groups.push({ ...group });
    else if (brace === '}') groups.length > 1 && groups.pop();
    else if (run) write(run);
    else if (byte) write(codePage.decode(Uint8Array.of(parseInt(byte, 16))));
    else if (symbol === '*' || SKIPPED_GROUPS.has(word ?? '')) group.skipped = true;
    else if (word === 'uc') groups[groups.length - 1] = { ...group, fallback: Number(number) };
    else if (word === 'u') {
      ignore = 0;
      write(String.fromCharCode(Number(number) & 0xffff));
      ignore = group.fallback;
    } else {
      const character = CHARACTERS[word ?? symbol ?? ''];
      if (character) write(character);
    }
  }
  if (groups.length > 1) throw brokenFile(WHAT);
  return cleanText(text).replace(/ \| (?=\n)/g, '').trim();
}

function codePageOf(source: string): TextDecoder {
  const page = /\\ansicpg(\d+)/.exec(source.slice(0, 1000))?.[1] ?? '1252';
  try {
    return new TextDecoder(
      page === '932' ? 'shift_jis' : page === '936' ? 'gbk' : `windows-${page}`,
    );
  } catch {
    return new TextDecoder('windows-1252');
  }
}
