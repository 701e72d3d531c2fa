/**
 * Diagrams of Office (SmartArt, ECMA-376 part 1, 21.4): a line for each box, with its dependent
 * ones below it.
 *
 * @module
 */
import { child, descendants, type XmlNode, xmlTree } from './xml-tree.ts';

/** @param xml the data of the diagram; its last drawing, stored beside it, has the same text */
export function diagramText(xml: string): string {
  const tree = xmlTree(xml);
  const points = new Map(
    descendants(tree, 'pt').map((point) => [point.attributes.modelId ?? '', point]),
  );
  const children = new Map<string, { id: string; order: number }[]>();
  for (const { attributes } of descendants(tree, 'cxn')) {
    if ((attributes.type ?? 'parOf') !== 'parOf') continue;
    const siblings = children.get(attributes.srcId ?? '') ?? [];
    siblings.push({ id: attributes.destId ?? '', order: Number(attributes.srcOrd ?? 0) });
    children.set(attributes.srcId ?? '', siblings);
  }
  const written = new Set<string>();
  const lines: string[] = [];
  const write = (first: string) => {
    const waiting = [first];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (written.has(id)) continue;
      written.add(id);
      lines.push(...linesOf(points.get(id)));
      const below = (children.get(id) ?? []).toSorted((a, b) => b.order - a.order);
      waiting.push(...below.map(({ id }) => id));
    }
  };
  for (const [id, { attributes }] of points) if (attributes.type === 'doc') write(id);
  for (const id of points.keys()) write(id);
  return lines.join('\n');
}

function linesOf(point: XmlNode | undefined): string[] {
  return descendants(child(point, 't'), 'p')
    .map((p) => p.children.flatMap(runTexts).join('').trim())
    .filter(Boolean);
}

function runTexts(node: XmlNode): string[] {
  return node.name === 'br' ? [' '] : descendants(node, 't').map(({ text }) => text);
}
