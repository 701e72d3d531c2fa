/**
 * Small XML parts and formulas as a tree; large parts are streamed instead.
 *
 * @module
 */
import { walkXml, type XmlElement } from './xml.ts';

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  /** Text directly in it. */
  text: string;
}

/** Builds a tree from the events of a walk. */
export class TreeBuilder {
  /** A node without a name whose children are the top elements. */
  readonly root: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  readonly #open = [this.root];
  readonly #maxDepth: number;
  /** Number of open elements beyond the maximum depth. */
  #tooDeep = 0;

  /** @param maxDepth of nodes; text of deeper elements is added to the enclosing one */
  constructor(maxDepth = Infinity) {
    this.#maxDepth = maxDepth;
  }

  open({ name, attributes }: XmlElement): void {
    if (this.#open.length >= this.#maxDepth) {
      this.#tooDeep++;
      return;
    }
    const node: XmlNode = { name, attributes, children: [], text: '' };
    this.#open.at(-1)!.children.push(node);
    this.#open.push(node);
  }

  text(text: string): void {
    this.#open.at(-1)!.text += text;
  }

  close(): void {
    if (this.#tooDeep > 0) this.#tooDeep--;
    else if (this.#open.length > 1) this.#open.pop();
  }
}

/** The tree of a whole part. */
export function xmlTree(xml: string): XmlNode {
  const tree = new TreeBuilder();
  walkXml(xml, {
    open: (element) => tree.open(element),
    text: (text) => tree.text(text),
    close: () => tree.close(),
  });
  return tree.root;
}

export function child(node: XmlNode | undefined, ...names: readonly string[]): XmlNode | undefined {
  return names.reduce<XmlNode | undefined>(
    (found, name) => found?.children.find((child) => child.name === name),
    node,
  );
}

/** All nodes of a name inside of `node`, in order, without nested ones. */
export function descendants(node: XmlNode | undefined, name: string): XmlNode[] {
  return (node?.children ?? []).flatMap((child) =>
    child.name === name ? [child] : descendants(child, name)
  );
}
