/**
 * Charts and formulas inside of an OpenDocument file: documents of their own, each in a folder of the
 * package (ODF 1.3 part 3, 10.4.6).
 *
 * @module
 */
import type { Archive } from './archive.ts';
import { chartLines } from './chart.ts';
import { MathReader } from './mathml.ts';
import { child, descendants, type XmlNode, xmlTree } from './xml-tree.ts';
import { walkXml } from './xml.ts';

/** Texts by the name of their folder. */
export async function readObjects(archive: Archive): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of archive.names) {
    const folder = /^([^/]+)\/content\.xml$/.exec(name)?.[1];
    if (folder) texts.set(folder, objectText(await archive.text(name) ?? ''));
  }
  return texts;
}

function objectText(xml: string): string {
  return /<(?:\w+:)?math[\s>]/.test(xml) ? formulaText(xml) : chartText(xml);
}

function formulaText(xml: string): string {
  const reader = new MathReader();
  let depth = 0;
  walkXml(xml, {
    open(element) {
      if (depth > 0) reader.open(element);
      if (depth > 0 || element.name === 'math') depth++;
    },
    text: (text) => void (depth > 0 && reader.text(text)),
    close() {
      if (depth > 1) reader.close();
      if (depth > 0) depth--;
    },
  });
  return reader.end();
}

/** The chart stores its numbers in a table: series in columns, categories in the first of them. */
function chartText(xml: string): string {
  const tree = xmlTree(xml);
  const chart = descendants(tree, 'chart')[0];
  const titles = descendants(chart, 'title').map(wordsOf);
  // Without a title of the chart, all are those of its axes.
  if (!child(chart, 'title')) titles.unshift('');
  const [title = '', ...axes] = titles;
  const table = descendants(chart, 'table')[0];
  const [head = [], ...rows] = descendants(table, 'table-row').map((row) =>
    row.children.filter(({ name }) => name === 'table-cell').map(wordsOf)
  );
  const series = head.slice(1).map((name, at) => ({
    name,
    labels: rows.map((row) => row[0] ?? ''),
    values: rows.map((row) => [row[at + 1] ?? ''].filter((value) => value && value !== 'NaN')),
  }));
  return chartLines([title, ...axes.filter(Boolean)], series);
}

function wordsOf(node: XmlNode): string {
  return descendants(node, 'p').map(allText).join(' ').replace(/\s+/g, ' ').trim();
}

function allText(node: XmlNode): string {
  return node.text + node.children.map(allText).join('');
}
