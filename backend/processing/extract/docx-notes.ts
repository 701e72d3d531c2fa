/**
 * Footnotes, endnotes and comments of a Word document: their marks are counted in the order of
 * their references in the text.
 *
 * @module
 */
import { formatNumber } from './list-numbers.ts';
import type { XmlElement } from './xml.ts';

type Kind = 'footnote' | 'endnote';

const kindOf = (name: string): Kind => name.startsWith('footnote') ? 'footnote' : 'endnote';

export class DocxNotes {
  readonly #marks = { footnote: new Map<string, string>(), endnote: new Map<string, string>() };
  readonly #deleted = { footnote: new Set<string>(), endnote: new Set<string>() };

  /** Mark of the note of a reference: 1, 2, … for footnotes and i, ii, … for endnotes. */
  mark(reference: string, id: string): string {
    const kind = kindOf(reference);
    const marks = this.#marks[kind];
    const mark = marks.get(id) ??
      formatNumber(marks.size + 1, kind === 'footnote' ? 'decimal' : 'lowerRoman');
    marks.set(id, mark);
    return mark;
  }

  /** Hides the note of a deleted reference. */
  skipReference({ name, attributes }: XmlElement): void {
    if (!/^(foot|end)noteReference$/.test(name)) return;
    this.#deleted[kindOf(name)].add(attributes.id ?? '');
  }

  /** True for lines between text and notes, and for notes whose only reference was deleted. */
  isHidden({ name, attributes }: XmlElement): boolean {
    if (name !== 'footnote' && name !== 'endnote') return false;
    if (attributes.type !== undefined && attributes.type !== 'normal') return true;
    const id = attributes.id ?? '';
    return this.#deleted[name].has(id) && !this.#marks[name].has(id);
  }

  /** Prefix of a note or comment. */
  heading({ name, attributes }: XmlElement): string {
    if (name === 'comment') return commentHeading(attributes.author);
    const id = attributes.id ?? '';
    return `[${this.#marks[kindOf(name)].get(id) ?? (id || '*')}] `;
  }
}

export function commentHeading(author: string | undefined): string {
  return author?.trim() ? `Comment (${author.trim()}): ` : 'Comment: ';
}
