/**
 * Open lists of an OpenDocument file, and the numbers of their items (ODF 1.3 part 3, 5.3).
 *
 * @module
 */
import { LevelNumbers, type ListStyle, type OpenDocumentStyles } from './open-document-styles.ts';
import { integer, type XmlElement } from './xml.ts';

export interface ItemMark {
  /** From 0. */
  readonly depth: number;
  /** Empty for a bullet, and if the level shows no number. */
  readonly text: string;
}

interface OpenList {
  readonly style: ListStyle | undefined;
  readonly name: string;
  readonly id: string | undefined;
  /** Mark of the open item, until its first paragraph has it. */
  mark: string | null;
}

export class OpenDocumentLists {
  readonly #styles: OpenDocumentStyles;
  readonly #open: OpenList[] = [];
  #numbers = new LevelNumbers();
  /** Last numbers of ended lists, by style and by id, for lists that continue them. */
  readonly #ended = new Map<string, LevelNumbers>();

  constructor(styles: OpenDocumentStyles) {
    this.#styles = styles;
  }

  open(attributes: XmlElement['attributes']): void {
    const name = attributes['style-name'] ?? this.#open.at(-1)?.name ?? '';
    if (this.#open.length === 0) {
      const before = attributes['continue-list'] !== undefined
        ? this.#ended.get(`#${attributes['continue-list']}`)
        : attributes['continue-numbering'] === 'true'
        ? this.#ended.get(name)
        : undefined;
      this.#numbers = new LevelNumbers(before?.numbers);
    }
    this.#open.push({ style: this.#styles.list(name), name, id: attributes.id, mark: null });
  }

  openItem(kind: string, attributes: XmlElement['attributes']): void {
    const list = this.#open.at(-1);
    if (!list) return;
    const start = attributes['start-value'];
    list.mark = kind === 'list-header' ? null : this.#numbers.next(
      list.style,
      Math.min(this.#open.length, 10) - 1,
      start === undefined ? undefined : integer(start, 1),
    ) ?? '';
  }

  closeItem(): void {
    const list = this.#open.at(-1);
    if (list) list.mark = null;
  }

  close(): void {
    const list = this.#open.pop();
    if (!list || this.#open.length) return;
    this.#ended.set(list.name, this.#numbers);
    if (list.id) this.#ended.set(`#${list.id}`, this.#numbers);
  }

  /** Mark of the first paragraph of an item; null for its further ones. */
  mark(): ItemMark | null {
    const list = this.#open.at(-1);
    if (!list || list.mark === null) return null;
    const text = list.mark.trim();
    list.mark = null;
    return { depth: this.#open.length - 1, text };
  }
}
