/**
 * Small XML parts as a tree; large ones are streamed instead.
 *
 * @module
 */
import { walkXml } from './xml.ts';

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  /** Text directly in it. */
  text: string;
}

/** A node without a name whose children are the top elements. */
export function xmlTree(xml: string): XmlNode {
  const root: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  walkXml(xml, {
    open({ name, attributes }) {
      const node: XmlNode = { name, attributes, children: [], text: '' };
      open.at(-1)!.children.push(node);
      open.push(node);
    },
    text: (text) => void (open.at(-1)!.text += text),
    close: () => void open.pop(),
  });
  return root;
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
