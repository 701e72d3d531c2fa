/**
 * Form fields of Word 97, and the headers and footers of sections.
 *
 * @module
 */
import type { XmlElement } from './xml.ts';

const isOn = (value: string | undefined) => !/^(0|false|off)$/.test(value ?? '1');

/** A form field (ECMA-376 part 1, 17.16.17); text fields keep their text in the paragraph. */
export class FormField {
  #checked: boolean | null = null;
  #byDefault = false;
  #isCheckBox = false;
  readonly #entries: string[] = [];
  #chosen = 0;

  open({ name, attributes }: XmlElement): void {
    if (name === 'checkBox') this.#isCheckBox = true;
    else if (name === 'checked') this.#checked = isOn(attributes.val);
    else if (name === 'default') {
      this.#byDefault = isOn(attributes.val);
      this.#chosen = Number(attributes.val) || 0;
    } else if (name === 'result') this.#chosen = Number(attributes.val) || 0;
    else if (name === 'listEntry') this.#entries.push(attributes.val ?? '');
  }

  text(): string {
    if (this.#isCheckBox) return this.#checked ?? this.#byDefault ? '☑' : '☐';
    return this.#entries[this.#chosen] ?? '';
  }
}

export interface SectionPart {
  readonly kind: 'header' | 'footer';
  /** Pages that show it. */
  readonly pages: 'default' | 'first' | 'even';
  /** Id of its relationship. */
  readonly id: string;
}

/** A section of a document: a run of pages with the same headers and footers. */
export interface Section {
  readonly parts: readonly SectionPart[];
  readonly hasTitlePage: boolean;
}

/** Collects the properties of a section (ECMA-376 part 1, 17.6.17). */
export class SectionReader {
  readonly #parts: SectionPart[] = [];
  #hasTitlePage = false;

  get section(): Section {
    return { parts: this.#parts, hasTitlePage: this.#hasTitlePage };
  }

  open({ name, attributes }: XmlElement): void {
    if (name === 'titlePg') this.#hasTitlePage = isOn(attributes.val);
    else if (name === 'headerReference' || name === 'footerReference') {
      const pages = attributes.type === 'first' || attributes.type === 'even'
        ? attributes.type
        : 'default';
      const kind = name === 'headerReference' ? 'header' : 'footer';
      this.#parts.push({ kind, pages, id: attributes.id ?? '' });
    }
  }
}

/**
 * Ids of headers or footers that some page shows, in the order of the sections. A section without
 * one inherits that of the section before it.
 */
export function shownParts(
  sections: readonly Section[],
  kind: SectionPart['kind'],
  hasEvenPages: boolean,
): string[] {
  const shown = new Set<string>();
  const inherited = new Map<SectionPart['pages'], string>();
  for (const { parts, hasTitlePage } of sections) {
    for (const part of parts) if (part.kind === kind) inherited.set(part.pages, part.id);
    const pages = [hasTitlePage && 'first', 'default', hasEvenPages && 'even'] as const;
    for (const page of pages) if (page && inherited.has(page)) shown.add(inherited.get(page)!);
  }
  return [...shown];
}
