/**
 * Properties of the styles of an OpenDocument file for text (raised, lowered, in a symbol font),
 * lists, slides and sheets (ODF 1.3 part 3, 16 and 17). Styles come before the text that uses them.
 *
 * @module
 */
import { formatNumber } from './list-numbers.ts';
import type { Raise } from './raised-text.ts';
import { isSymbolFont } from './symbol-fonts.ts';
import { integer, type XmlElement } from './xml.ts';

export interface TextStyle {
  raise?: Raise;
  symbolFont?: string;
}

interface Level {
  readonly format: string;
  readonly prefix: string;
  readonly suffix: string;
  /** Levels whose numbers are shown, this one last. */
  readonly shown: number;
  readonly start: number;
}

/** Levels from 0; null is a bullet or a picture. */
export type ListStyle = readonly (Level | null | undefined)[];

export class OpenDocumentStyles {
  readonly #texts = new Map<string, TextStyle & { parent?: string }>();
  readonly #lists = new Map<string, (Level | null | undefined)[]>();
  /** Styles of hidden slides and sheets. */
  readonly #hidden = new Set<string>();
  readonly outline: (Level | null | undefined)[] = [];
  #style: string | null = null;
  #list: (Level | null | undefined)[] | null = null;

  open({ name, attributes }: XmlElement, path: readonly XmlElement[]): void {
    if (name === 'style') {
      this.#style = attributes.name ?? '';
      if (attributes.family === 'text') {
        this.#texts.set(this.#style, { parent: attributes['parent-style-name'] });
      }
    } else if (name === 'list-style') {
      this.#lists.set(attributes.name ?? '', this.#list = []);
    } else if (name === 'outline-style') this.#list = this.outline;
    else if (/^(list-level-style|outline-level-style)/.test(name) && this.#list) {
      const at = Math.max(1, Math.min(Number(attributes.level) || 1, 10)) - 1;
      this.#list[at] = /-(bullet|image)$/.test(name) ? null : levelOf(attributes);
    } else if (name === 'text-properties' && path.at(-1)?.name === 'style') {
      const style = this.#texts.get(this.#style ?? '');
      if (style) Object.assign(style, textStyleOf(attributes));
    } else if (isHiding(name, attributes)) this.#hidden.add(this.#style ?? '');
  }

  close({ name }: XmlElement): void {
    if (name === 'style') this.#style = null;
    else if (name === 'list-style' || name === 'outline-style') this.#list = null;
  }

  text(name: string): TextStyle {
    const style: TextStyle = {};
    const seen = new Set<string>();
    for (let next: string | undefined = name; next && !seen.has(next);) {
      seen.add(next);
      const own = this.#texts.get(next);
      style.raise ??= own?.raise;
      style.symbolFont ??= own?.symbolFont;
      next = own?.parent;
    }
    return style;
  }

  list(name: string | undefined): ListStyle | undefined {
    return this.#lists.get(name ?? '');
  }

  isHidden(style: string | undefined): boolean {
    return this.#hidden.has(style ?? '');
  }
}

function isHiding(name: string, attributes: XmlElement['attributes']): boolean {
  return name === 'drawing-page-properties' && attributes.visibility === 'hidden' ||
    name === 'table-properties' && attributes.display === 'false';
}

function levelOf(attributes: XmlElement['attributes']): Level {
  return {
    format: attributes['num-format'] ?? '',
    prefix: attributes['num-prefix'] ?? '',
    suffix: attributes['num-suffix'] ?? '',
    shown: Math.max(1, Number(attributes['display-levels']) || 1),
    start: integer(attributes['start-value'], 1),
  };
}

/** `super 58%`, `sub 58%`, or the height: `33% 58%`. */
function textStyleOf(attributes: XmlElement['attributes']): TextStyle {
  const position = attributes['text-position'];
  const font = attributes['font-name'] ?? attributes['font-family'];
  const way = position?.split(' ')[0] ?? '';
  const raise = way === 'super'
    ? 1
    : way === 'sub'
    ? -1
    : Math.sign(Number.parseFloat(way) || 0) as Raise;
  return {
    ...position !== undefined && { raise },
    ...font !== undefined && { symbolFont: isSymbolFont(font) ? font : '' },
  };
}

/** Numbers of the levels of one list or of the headings. */
export class LevelNumbers {
  readonly #numbers: (number | undefined)[];

  constructor(numbers: readonly (number | undefined)[] = []) {
    this.#numbers = [...numbers];
  }

  get numbers(): readonly (number | undefined)[] {
    return this.#numbers;
  }

  /** Counts one of `level` (from 0); its mark, or null for a bullet and for a level without a style. */
  next(style: ListStyle | undefined, level: number, start?: number): string | null {
    const own = style?.[level];
    const before = this.#numbers[level];
    this.#numbers.length = Math.min(this.#numbers.length, level + 1);
    this.#numbers[level] = start ?? (before === undefined ? own?.start ?? 1 : before + 1);
    if (!own) return null;
    const texts: string[] = [];
    for (let at = Math.max(0, level + 1 - own.shown); at <= level; at++) {
      const shown = style?.[at];
      const number = this.#numbers[at] ?? shown?.start ?? 1;
      if (shown?.format) texts.push(formatNumber(number, shown.format));
    }
    return own.format ? own.prefix + texts.join('.') + own.suffix : '';
  }
}
