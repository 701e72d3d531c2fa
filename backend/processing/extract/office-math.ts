/**
 * Equations of Office (OMML, ECMA-376 part 1, 22.1) as a line of text: fractions with a slash,
 * powers with a caret, roots with their sign. Adjacent numbers stay separate.
 *
 * @module
 */
import { grouped } from './raised.ts';
import { child, TreeBuilder, type XmlNode } from './xml-tree.ts';

const MAX_DEPTH = 200;

/** Builds the tree of one equation from the events of a walk. */
export class OfficeMathReader extends TreeBuilder {
  constructor() {
    super(MAX_DEPTH);
  }

  end(): string {
    return joined(this.root.children).trim();
  }
}

/** True for an element with the properties of its parent. */
const isProperty = ({ name }: XmlNode) => /Pr$/.test(name);

function linear(node: XmlNode): string {
  const { name, children } = node;
  const all = (part: string) => children.filter((child) => child.name === part);
  const part = (name: string) => joined(all(name)).trim();
  const group = (name: string) => grouped(part(name));
  const property = (name: string) => child(children.find(isProperty), name)?.attributes.val;
  const base = () => isCompound(children) ? group('e') : part('e');
  const behind = (mark: string, name: string) => part(name) && `${mark}${group(name)}`;
  switch (name) {
    case 't':
      return node.text;
    case 'f':
      return property('type') === 'noBar'
        ? `(${part('num')}; ${part('den')})`
        : `${operand(part('num'))}/${operand(part('den'))}`;
    case 'sSup':
    case 'sSub':
    case 'sSubSup':
      return base() + behind('_', 'sub') + behind('^', 'sup');
    case 'sPre':
      return behind('_', 'sub') + behind('^', 'sup') + part('e');
    case 'rad':
      return `${/^2?$/.test(part('deg')) ? '' : group('deg')}√(${part('e')})`;
    case 'nary':
      return `${property('chr') ?? '∫'}${behind('_', 'sub')}${behind('^', 'sup')} ${part('e')}`;
    case 'd': {
      const separator = property('sepChr') ?? '|';
      const inner = all('e').map((child) => linear(child).trim()).join(separator);
      return (property('begChr') ?? '(') + inner + (property('endChr') ?? ')');
    }
    case 'func':
      return `${part('fName')}${/^[\p{L}\p{N}]/u.test(part('e')) ? ' ' : ''}${part('e')}`;
    case 'limLow':
      return `${part('e')}_${group('lim')}`;
    case 'limUpp':
      return `${part('e')}^${group('lim')}`;
    case 'acc':
      return part('e') + (property('chr') ?? '\u0302');
    case 'bar':
      return `${part('e')}\u0305`;
    case 'm':
      return `[${all('mr').map(linear).join('; ')}]`;
    case 'mr':
      return all('e').map((child) => linear(child).trim()).join(', ');
    case 'eqArr':
      return all('e').map((child) => linear(child).replaceAll('&', '').trim()).join('; ');
  }
  return isProperty(node) ? '' : joined(children);
}

/**
 * Puts a sum or product below or above a fraction bar in parentheses; a number or a power needs
 * none.
 */
function operand(text: string): string {
  return /^[+\-−]?[\p{L}\p{N}.,^_]+$/u.test(text) ? text : grouped(text);
}

/** True if the base of a power is more than one run or bracket. */
function isCompound(children: readonly XmlNode[]): boolean {
  const parts = children.find(({ name }) => name === 'e')?.children.filter((c) => !isProperty(c));
  return (parts?.length ?? 0) > 1;
}

/** Joins nodes, with a space where the number of a fraction or power would merge with the next. */
function joined(nodes: readonly XmlNode[]): string {
  let text = '';
  let before: XmlNode | null = null;
  for (const node of nodes) {
    const next = linear(node);
    const isSeam = node.name !== 'r' || (before !== null && before.name !== 'r');
    const touches = isSeam && /[\p{L}\p{N}]$/u.test(text) && /^\p{N}/u.test(next);
    text += (touches ? ' ' : '') + next;
    if (next) before = node;
  }
  return text;
}
