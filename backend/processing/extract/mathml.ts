/**
 * Formulas in MathML as a line of text: fractions with a slash, powers with a caret, roots with
 * their sign. Adjacent numbers stay separate.
 *
 * @module
 */
import { grouped } from './raised.ts';
import { TreeBuilder, type XmlNode } from './xml-tree.ts';
import type { XmlElement } from './xml.ts';

const MAX_DEPTH = 200;

/** Other forms of the same formula. */
const OTHER_FORMS = new Set(['annotation', 'annotation-xml', 'mphantom']);

/** Builds the tree of one formula from the events of a parser. */
export class MathReader extends TreeBuilder {
  constructor() {
    super(MAX_DEPTH);
  }

  override open({ name, attributes }: XmlElement): void {
    super.open({ name: localName(name), attributes });
  }

  end(): string {
    return linear(this.root).trim();
  }
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1).toLowerCase();

function linear(node: XmlNode): string {
  const { name, children } = node;
  if (OTHER_FORMS.has(name)) return '';
  const part = (at: number) => children[at] ? linear(children[at]!).trim() : '';
  const group = (at: number) => grouped(part(at));
  const base = () => children[0]?.name === 'mrow' && part(0).length > 1 ? group(0) : part(0);
  switch (name) {
    case 'mfrac':
      return `${group(0)}/${group(1)}`;
    case 'msup':
    case 'mover':
      return part(1) ? `${base()}^${group(1)}` : base();
    case 'msub':
    case 'munder':
      return part(1) ? `${base()}_${group(1)}` : base();
    case 'msubsup':
    case 'munderover':
      return `${base()}_${group(1)}^${group(2)}`;
    case 'msqrt':
      return `√(${joined(children)})`;
    case 'mroot':
      return `${group(1)}√(${part(0)})`;
    case 'mtr':
      return children.map((child) => linear(child).trim()).join(' | ');
    case 'mtable':
      return `[${children.map((child) => linear(child).trim()).join('; ')}]`;
    case 'mfenced':
      return `(${children.map((child) => linear(child).trim()).join(', ')})`;
    case 'mspace':
      return ' ';
  }
  const own = node.text.replace(/\s+/g, ' ');
  return children.length ? joined(children) : own.trim() || (name === 'mtext' ? own : '');
}

/** Joins nodes, with a space between two adjacent numbers or words. */
function joined(nodes: readonly XmlNode[]): string {
  let text = '';
  for (const next of nodes.map(linear)) {
    const touches = /[\p{L}\p{N}]$/u.test(text) && /^\p{N}/u.test(next);
    text += (touches ? ' ' : '') + next;
  }
  return text;
}
