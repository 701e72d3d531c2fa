/**
 * Equations of Office (OMML, ECMA-376 part 1, 22.1) as a line of text: fractions with a slash,
 * powers with a caret, roots with their sign. Adjacent numbers stay separate.
 *
 * @module
 */
import { grouped } from './raised.ts';
import type { XmlElement } from './xml.ts';

interface Node {
  readonly name: string;
  readonly value: string | undefined;
  readonly children: Node[];
  text: string;
}

const MAX_DEPTH = 200;

/** Builds the tree of one equation from the events of a walk. */
export class OfficeMathReader {
  readonly #open: Node[] = [newNode('oMath')];
  /** Number of open elements beyond {@link MAX_DEPTH}: their text is added to the enclosing one. */
  #tooDeep = 0;

  open({ name, attributes }: XmlElement): void {
    if (this.#open.length >= MAX_DEPTH) {
      this.#tooDeep++;
      return;
    }
    const node = newNode(name, attributes.val);
    this.#open.at(-1)!.children.push(node);
    this.#open.push(node);
  }

  text(text: string): void {
    const node = this.#open.at(-1)!;
    if (node.name === 't') node.text += text;
  }

  close(): void {
    if (this.#tooDeep > 0) this.#tooDeep--;
    else if (this.#open.length > 1) this.#open.pop();
  }

  end(): string {
    return joined(this.#open[0]!.children).trim();
  }
}

function newNode(name: string, value?: string): Node {
  return { name, value, children: [], text: '' };
}

/** True for an element with the properties of its parent. */
const isProperty = ({ name }: Node) => /Pr$/.test(name);

function linear(node: Node): string {
  const { name, children } = node;
  const all = (part: string) => children.filter((child) => child.name === part);
  const part = (name: string) => joined(all(name)).trim();
  const group = (name: string) => grouped(part(name));
  const property = (name: string) =>
    children.find(isProperty)?.children.find((p) => p.name === name);
  const base = () => isCompound(children) ? group('e') : part('e');
  const behind = (mark: string, name: string) => part(name) && `${mark}${group(name)}`;
  switch (name) {
    case 't':
      return node.text;
    case 'f':
      return property('type')?.value === 'noBar'
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
      return `${property('chr')?.value ?? '∫'}${behind('_', 'sub')}${behind('^', 'sup')} ${
        part('e')
      }`;
    case 'd': {
      const separator = property('sepChr')?.value ?? '|';
      const inner = all('e').map((child) => linear(child).trim()).join(separator);
      return (property('begChr')?.value ?? '(') + inner + (property('endChr')?.value ?? ')');
    }
    case 'func':
      return `${part('fName')}${/^[\p{L}\p{N}]/u.test(part('e')) ? ' ' : ''}${part('e')}`;
    case 'limLow':
      return `${part('e')}_${group('lim')}`;
    case 'limUpp':
      return `${part('e')}^${group('lim')}`;
    case 'acc':
      return part('e') + (property('chr')?.value ?? '\u0302');
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
function isCompound(children: readonly Node[]): boolean {
  const parts = children.find(({ name }) => name === 'e')?.children.filter((c) => !isProperty(c));
  return (parts?.length ?? 0) > 1;
}

/** Joins nodes, with a space where the number of a fraction or power would merge with the next. */
function joined(nodes: readonly Node[]): string {
  let text = '';
  let before: Node | null = null;
  for (const node of nodes) {
    const next = linear(node);
    const isSeam = node.name !== 'r' || (before !== null && before.name !== 'r');
    const touches = isSeam && /[\p{L}\p{N}]$/u.test(text) && /^\p{N}/u.test(next);
    text += (touches ? ' ' : '') + next;
    if (next) before = node;
  }
  return text;
}
