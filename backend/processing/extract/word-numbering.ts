/**
 * Automatic numbers of Word's lists and headings (ECMA-376 part 1, 17.9): a document stores only
 * the list of a paragraph; its number results from counting.
 *
 * @module
 */
import { formatNumber } from './list-numbers.ts';
import { integer, walkXml } from './xml.ts';

interface Level {
  start: number;
  format: string;
  /** `%1.%2`: the numbers of the levels with the text around them. */
  text: string;
  /** Style whose paragraphs are on this level. */
  style?: string;
  /** 1-based level whose use restarts this one; 0 for none. */
  restart?: number;
  /** True if numbers of other levels are shown in digits. */
  legal?: boolean;
}

interface Definition {
  readonly levels: (Level | undefined)[];
  /** The list style that this one defines, or from which it inherits its levels. */
  defines?: string;
  takesFrom?: string;
}

interface List {
  definition: string;
  readonly starts: (number | undefined)[];
  readonly levels: (Level | undefined)[];
}

export interface Mark {
  /** Empty if the level shows none. */
  readonly text: string;
  readonly isBullet: boolean;
}

export class WordNumbering {
  readonly #definitions = new Map<string, Definition>();
  readonly #lists = new Map<string, List>();
  /** Last number of each level, by definition: lists of one definition continue counting. */
  readonly #counters = new Map<string, (number | undefined)[]>();
  readonly #begun = new Set<string>();

  constructor(xml: string) {
    this.#readDefinitions(xml);
    const styles = new Map(
      [...this.#definitions].flatMap(([id, { defines }]) =>
        defines ? [[defines, id] as const] : []
      ),
    );
    for (const list of this.#lists.values()) {
      const from = this.#definitions.get(list.definition)?.takesFrom;
      list.definition = from && styles.get(from) || list.definition;
    }
  }

  /** The level of paragraphs of a style in a list, or null if the list does not name it. */
  levelOfStyle(list: string, style: string): number | null {
    const levels = this.#definitions.get(this.#lists.get(list)?.definition ?? '')?.levels;
    const level = levels?.findIndex((level) => level?.style === style) ?? -1;
    return level < 0 ? null : level;
  }

  /** Counts a paragraph of `list` on `level` (from 0) and gives its mark; null for an unknown one. */
  next(list: string, level: number): Mark | null {
    const found = this.#lists.get(list);
    const definition = this.#definitions.get(found?.definition ?? '');
    if (!found || !definition) return null;
    const levelAt = (at: number) => found.levels[at] ?? definition.levels[at];
    const own = levelAt(level);
    if (!own) return null;
    const counters = this.#countersOf(found, list);
    const startOf = (at: number) => found.starts[at] ?? levelAt(at)?.start ?? 1;
    const before = counters[level];
    counters[level] = before === undefined ? startOf(level) : before + 1;
    for (let deeper = level + 1; deeper < counters.length; deeper++) {
      if (level < (levelAt(deeper)?.restart ?? Infinity)) counters[deeper] = undefined;
    }
    if (own.format === 'bullet') return { text: own.text, isBullet: true };
    const text = own.text.replace(/%([1-9])/g, (_, digit) => {
      const at = Number(digit) - 1;
      const format = own.legal ? 'decimal' : levelAt(at)?.format ?? 'decimal';
      return formatNumber(counters[at] ?? startOf(at), format);
    });
    return { text: text.trim(), isBullet: false };
  }

  /** A list with a start number of its own applies it at its first use. */
  #countersOf(list: List, id: string): (number | undefined)[] {
    const counters = this.#counters.get(list.definition) ?? [];
    this.#counters.set(list.definition, counters);
    if (this.#begun.has(id)) return counters;
    this.#begun.add(id);
    list.starts.forEach((start, level) => {
      if (start !== undefined) counters[level] = undefined;
    });
    return counters;
  }

  #readDefinitions(xml: string): void {
    let definition: Definition = { levels: [] };
    let list: List | null = null;
    let override = 0;
    let level: Level | null = null;
    walkXml(xml, {
      open: ({ name, attributes }) => {
        const value = attributes.val ?? '';
        if (name === 'abstractNum') {
          definition = { levels: [] };
          this.#definitions.set(attributes.abstractNumId ?? '', definition);
        } else if (name === 'num') {
          list = { definition: '', starts: [], levels: [] };
          this.#lists.set(attributes.numId ?? '', list);
        } else if (name === 'styleLink') definition.defines = value;
        else if (name === 'numStyleLink') definition.takesFrom = value;
        else if (name === 'abstractNumId' && list) list.definition = value;
        else if (name === 'lvlOverride') override = levelNumber(attributes.ilvl);
        else if (name === 'startOverride' && list) list.starts[override] = integer(value, 1);
        else if (name === 'lvl') {
          level = { start: 1, format: 'decimal', text: '' };
          (list ?? definition).levels[levelNumber(attributes.ilvl)] = level;
        } else if (level) readLevel(level, name, value);
      },
      close({ name }) {
        if (name === 'num') list = null;
        else if (name === 'lvl') level = null;
      },
    });
  }
}

function readLevel(level: Level, name: string, value: string): void {
  if (name === 'start') level.start = integer(value, 1);
  else if (name === 'numFmt') level.format = value;
  else if (name === 'lvlText') level.text = value;
  else if (name === 'pStyle') level.style = value;
  else if (name === 'lvlRestart') level.restart = integer(value, Infinity);
  else if (name === 'isLgl') level.legal = value !== '0' && value !== 'false';
}

/** A list has nine levels, 0 to 8. */
export function levelNumber(value: string | undefined): number {
  return Math.max(0, Math.min(integer(value, 0), 8));
}
