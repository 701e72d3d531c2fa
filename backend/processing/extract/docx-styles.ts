/**
 * Which paragraph styles of a Word document are headings or lists.
 *
 * @module
 */
import { walkXml } from './xml.ts';

export interface ParagraphStyle {
  /** Outline level from 0; 9 or absent is body text. */
  outline?: number;
  /** Depth in a list from 0; absent outside lists. */
  list?: number;
}

interface Definition extends ParagraphStyle {
  basedOn?: string;
}

/** Styles by id, with what they inherit. */
export function readStyles(xml: string): ReadonlyMap<string, ParagraphStyle> {
  const definitions = readDefinitions(xml);
  return new Map([...definitions.keys()].map((id) => [id, inherited(id, definitions)]));
}

function readDefinitions(xml: string): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  let open: Definition = {};
  walkXml(xml, {
    open({ name, attributes }) {
      const value = attributes.val ?? '';
      if (name === 'style') definitions.set(attributes.styleId ?? '', open = {});
      else if (name === 'name') Object.assign(open, byName(value));
      else if (name === 'basedOn') open.basedOn = value;
      else if (name === 'outlineLvl') open.outline = Number(value);
      else if (name === 'numPr') open.list ??= 0;
      else if (name === 'ilvl') open.list = Number(value);
    },
  });
  return definitions;
}

/** Built-in styles have English names in every language of Word. */
function byName(name: string): ParagraphStyle {
  const level = /^heading ([1-9])$/i.exec(name)?.[1];
  if (level) return { outline: Number(level) - 1 };
  return /^title$/i.test(name) ? { outline: 0 } : {};
}

function inherited(id: string, definitions: ReadonlyMap<string, Definition>): ParagraphStyle {
  const style: ParagraphStyle = {};
  const seen = new Set<string>();
  for (let next: string | undefined = id; next && !seen.has(next);) {
    seen.add(next);
    const definition: Definition | undefined = definitions.get(next);
    style.outline ??= definition?.outline;
    style.list ??= definition?.list;
    next = definition?.basedOn;
  }
  return style;
}
