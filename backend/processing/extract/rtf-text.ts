/**
 * Text of an RTF document. Bytes are decoded by the character set of the current font, together
 * with their neighbours, since a character may be two of them.
 *
 * @module
 */
import { codePageOfFont } from './rtf-charsets.ts';
import { type Beside, RtfOutput } from './rtf-output.ts';
import { cleanText } from './text.ts';

/** Groups without text of the document. */
const SKIPPED_GROUPS = new Set(
  ('fonttbl colortbl stylesheet info pict object fldinst listtable listoverridetable revtbl ' +
    'rsidtbl generator themedata colorschememapping datastore latentstyles xmlnstbl filetbl ' +
    'bkmkstart bkmkend sp shprslt nonshppict nonesttables nesttableprops atnid atnauthor atndate ' +
    'atntime atnref atnparent annotationid pnseclvl pn template fldtype xe tc rxe').split(' '),
);
/** Groups marked as optional (`\\*`) whose text is visible all the same. */
const SEEN_GROUPS = new Set(
  'shpinst shptxt dptxbxtext do footnote annotation ud shpgrp ftnsep shppict'.split(' '),
);
const SEPARATORS = new Set('ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn'.split(' '));
/** Text outside of the body: on every page, before or behind it here. */
const BESIDE = /^(header|footer)[lrf]?$/;

const CHARACTERS: Readonly<Record<string, string>> = {
  par: '\n\n',
  sect: '\n\n',
  page: '\n\n',
  column: '\n\n',
  line: '\n',
  softline: '\n',
  row: '\n',
  nestrow: '\n',
  cell: ' | ',
  nestcell: ' | ',
  tab: '\t',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
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
  '\n': '\n\n',
  '\r': '\n\n',
};

/** A control word with its number, an escaped byte, a symbol, a brace, or a run of text. */
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([\da-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)/gi;

interface Group {
  isSkipped: boolean;
  /** True in a `\\upr` group, which contains its text twice. */
  holdsTwoForms: boolean;
  isOptional: boolean;
  isHidden: boolean;
  isDeleted: boolean;
  /** True in a region of RTF that repeats the HTML around it. */
  isRepeated: boolean;
  script: 'sup' | 'sub' | null;
  /** Number of characters behind a `\\u` that repeat it for programs without Unicode. */
  fallback: number;
  font: number | null;
  /** Written when the group ends. */
  end: string;
  beside: Beside | null;
}

/** The text of a document, or null if it is damaged. `source` has a character for each byte. */
export function rtfToText(source: string): string | null {
  const start = /^(?:\xef\xbb\xbf)?\s*(?=\{\\rtf)/.exec(source)?.[0].length;
  if (start === undefined) return null;
  const reader = new RtfReader();
  const token = new RegExp(TOKEN);
  token.lastIndex = start;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    token.lastIndex += reader.read(match);
    if (reader.isOver) return tidied(reader.text);
  }
  return null;
}

function tidied(text: string): string {
  return cleanText(text).replace(/ {2,}/g, ' ').replace(/ \| (?=\n)/g, '').trim();
}

class RtfReader {
  readonly #output = new RtfOutput();
  readonly #groups: Group[] = [];
  #codePage = 1252;
  readonly #fonts = new Map<number, number>();
  #fontTable = 0;
  #defaultFont: number | null = null;
  /** Number of characters to skip because a `\\u` stands for them. */
  #ignored = 0;
  isOver = false;

  get text(): string {
    return this.#output.text;
  }

  get #group(): Group {
    return this.#groups.at(-1)!;
  }

  /** Reads a token and returns the number of bytes behind it to skip. */
  read([, word, number, byte, symbol, brace, run]: RegExpExecArray): number {
    if (brace === '{') this.#open();
    else if (brace === '}') this.#close();
    else if (run !== undefined) this.#bytes(run);
    else if (byte !== undefined) this.#bytes(String.fromCharCode(parseInt(byte, 16)));
    else if (word === 'bin') return Math.max(0, Number(number ?? 0));
    else if (word !== undefined) this.#control(word, number === undefined ? null : Number(number));
    else if (symbol === '*') this.#group.isOptional = true;
    else this.#character(symbol!);
    return 0;
  }

  #open(): void {
    this.#ignored = 0;
    const parent = this.#groups.at(-1);
    this.#groups.push({
      isHidden: false,
      isDeleted: false,
      isRepeated: false,
      script: null,
      fallback: 1,
      font: null,
      beside: null,
      ...parent,
      isSkipped: Boolean(parent?.isSkipped || parent?.holdsTwoForms),
      holdsTwoForms: false,
      isOptional: false,
      end: '',
    });
    this.#apply();
  }

  #close(): void {
    this.#ignored = 0;
    const { end } = this.#group;
    if (end) this.#write(end);
    if (this.#groups.length === this.#fontTable) this.#fontTable = 0;
    this.#groups.pop();
    this.isOver = this.#groups.length === 0;
    if (this.isOver) this.#output.end();
    else this.#apply();
  }

  /** A control word: of the document's characters, a destination, or a property. */
  #control(word: string, number: number | null): void {
    const group = this.#group;
    if (group.isOptional) {
      group.isOptional = false;
      if (!SEEN_GROUPS.has(word)) group.isSkipped = true;
    }
    if (this.#isProperty(group, word, number)) return this.#apply();
    if (word === 'u') return this.#unicode(number ?? 0);
    if (word in CHARACTERS) return this.#character(word);
    if (this.#ignored > 0) this.#ignored--;
    if (word === 'fonttbl') this.#fontTable = this.#groups.length;
    else if (word === 'ud') group.isSkipped = this.#groups.at(-2)?.isSkipped ?? false;
    else if (word === 'upr') group.holdsTwoForms = true;
    else if (word === 'footnote' || word === 'annotation') this.#note(group);
    else if (BESIDE.test(word)) group.beside = word.slice(0, 6) as Beside;
    if (SKIPPED_GROUPS.has(word) || SEPARATORS.has(word)) group.isSkipped = true;
    this.#apply();
  }

  #note(group: Group): void {
    this.#write(' (');
    group.end = ')';
  }

  #isProperty(group: Group, word: string, number: number | null): boolean {
    const isOn = number !== 0;
    if (word === 'f') group.font = number ?? 0;
    else if (word === 'fcharset') this.#fontCodePage(codePageOfFont(number ?? 0));
    else if (word === 'cpg') this.#fontCodePage(number);
    else if (word === 'deff') group.font = this.#defaultFont = number;
    else if (word === 'ansicpg') this.#codePage = number || 1252;
    else if (word === 'mac') this.#codePage = 10000;
    else if (word === 'pc') this.#codePage = 437;
    else if (word === 'pca') this.#codePage = 850;
    else if (word === 'uc') group.fallback = Math.max(0, number ?? 1);
    else if (word === 'v') group.isHidden = isOn;
    else if (word === 'deleted') group.isDeleted = isOn;
    else if (word === 'htmlrtf') group.isRepeated = isOn;
    else if (word === 'super' || word === 'up') group.script = isOn ? 'sup' : null;
    else if (word === 'sub' || word === 'dn') group.script = isOn ? 'sub' : null;
    else if (word === 'nosupersub') group.script = null;
    else if (word === 'plain') {
      const plain = { isHidden: false, isDeleted: false, script: null, font: this.#defaultFont };
      Object.assign(group, plain);
    } else return false;
    return true;
  }

  #fontCodePage(page: number | null): void {
    const { font } = this.#group;
    if (this.#fontTable && font !== null && page !== null) this.#fonts.set(font, page);
  }

  /** Passes the current state to the output. */
  #apply(): void {
    const { isSkipped, isHidden, isDeleted, isRepeated, font, script, beside } = this.#group;
    const codePage = this.#fonts.get(font ?? -1) ?? this.#codePage;
    const isSeen = !(isSkipped || isHidden || isDeleted || isRepeated);
    this.#output.set({ codePage, isSeen, script, beside });
  }

  #unicode(number: number): void {
    this.#ignored = 0;
    this.#output.write(String.fromCharCode(number & 0xffff));
    this.#ignored = this.#group.fallback;
  }

  #character(name: string): void {
    if (this.#ignored > 0) this.#ignored--;
    else if (CHARACTERS[name]) this.#write(CHARACTERS[name]!);
  }

  #write(text: string): void {
    this.#output.write(text);
  }

  #bytes(bytes: string): void {
    const kept = bytes.slice(this.#ignored);
    this.#ignored = Math.max(0, this.#ignored - bytes.length);
    if (kept) this.#output.writeBytes(kept);
  }
}
