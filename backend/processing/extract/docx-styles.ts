/**
 * Properties of the styles of a Word document for paragraphs (headings, lists) and characters
 * (raised, lowered, in a symbol font).
 *
 * @module
 */
import type { Raise } from './raised-text.ts';
import { isSymbolFont } from './symbol-fonts.ts';
import { levelNumber } from './word-numbering.ts';
import { walkXml } from './xml.ts';

export interface ParagraphStyle {
  /** Outline level from 0; 9 or absent is body text. */
  outline?: number;
  /** Its list; `0` removes it from every list. */
  list?: string;
  /** Depth in the list from 0. */
  level?: number;
  /** Style that assigned the list: it may imply a level. */
  listStyle?: string;
}

export interface CharacterStyle {
  raise?: Raise;
  /** Name of a symbol font; empty for an ordinary one. */
  symbolFont?: string;
}

export interface Styles {
  readonly paragraphs: ReadonlyMap<string, ParagraphStyle>;
  readonly characters: ReadonlyMap<string, CharacterStyle>;
}

interface Definition {
  basedOn?: string;
  paragraph: ParagraphStyle;
  character: CharacterStyle;
}

/** Styles by id, with what they inherit. */
export function readStyles(xml: string): Styles {
  const definitions = readDefinitions(xml);
  const ids = [...definitions.keys()];
  return {
    paragraphs: new Map(ids.map((id) => [id, inherited(id, definitions, 'paragraph')])),
    characters: new Map(ids.map((id) => [id, inherited(id, definitions, 'character')])),
  };
}

function readDefinitions(xml: string): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  let open: Definition = { paragraph: {}, character: {} };
  let id = '';
  walkXml(xml, {
    open({ name, attributes }, path) {
      const value = attributes.val ?? '';
      if (name === 'style') {
        id = attributes.styleId ?? '';
        definitions.set(id, open = { paragraph: {}, character: {} });
      } else if (name === 'name') Object.assign(open.paragraph, byName(value));
      else if (name === 'basedOn') open.basedOn = value;
      else if (name === 'outlineLvl') open.paragraph.outline = Number(value);
      else if (name === 'numId') Object.assign(open.paragraph, { list: value, listStyle: id });
      else if (name === 'ilvl') open.paragraph.level = levelNumber(value);
      else if (path.at(-1)?.name === 'rPr') characterProperty(open.character, name, attributes);
    },
  });
  return definitions;
}

/** Applies one property of characters (a child of `w:rPr`). */
export function characterProperty(
  style: CharacterStyle,
  name: string,
  attributes: Readonly<Record<string, string>>,
): void {
  if (name === 'vertAlign') {
    style.raise = attributes.val === 'superscript' ? 1 : attributes.val === 'subscript' ? -1 : 0;
  } else if (name === 'rFonts' && attributes.ascii !== undefined) {
    style.symbolFont = isSymbolFont(attributes.ascii) ? attributes.ascii : '';
  }
}

/** Built-in styles have English names in every language of Word. */
function byName(name: string): ParagraphStyle {
  const level = /^heading ([1-9])$/i.exec(name)?.[1];
  if (level) return { outline: Number(level) - 1 };
  return /^title$/i.test(name) ? { outline: 0 } : {};
}

function inherited<K extends 'paragraph' | 'character'>(
  id: string,
  definitions: ReadonlyMap<string, Definition>,
  kind: K,
): Definition[K] {
  const styles: Definition[K][] = [];
  const seen = new Set<string>();
  for (let next: string | undefined = id; next && !seen.has(next);) {
    seen.add(next);
    const definition = definitions.get(next);
    if (definition) styles.unshift(definition[kind]);
    next = definition?.basedOn;
  }
  return Object.assign({}, ...styles);
}
