/**
 * Charts of Office (ECMA-376 part 1, 21.2, and the newer kinds of MS-ODRAWXML 2.24) as lines of text:
 * the titles, then for each series its name and its values behind their categories.
 *
 * @module
 */
import { formatNumberAs } from './number-format.ts';
import { child, descendants, type XmlNode, xmlTree } from './xml-tree.ts';

export interface Series {
  readonly name: string;
  readonly labels: readonly string[];
  /** Values of each point. */
  readonly values: readonly (readonly string[])[];
}

export function chartText(xml: string): string {
  const tree = xmlTree(xml);
  const titles = descendants(tree, 'title').map(wordsOf).filter(Boolean);
  const series = descendants(tree, 'ser');
  return chartLines(titles, series.length > 0 ? series.map(toSeries) : newSeries(tree));
}

/** @param titles of the chart first, then of its axes */
export function chartLines(titles: readonly string[], series: readonly Series[]): string {
  const [title = '', ...others] = titles;
  const lines = series.map(({ name, labels, values }) => {
    const points = Array.from(
      { length: Math.max(labels.length, values.length) },
      (_, at) => [labels[at], ...values[at] ?? []].filter(Boolean).join(' '),
    );
    return [name, points.filter(Boolean).join('; ')] as const;
  });
  const [only] = lines;
  if (only && lines.length === 1 && (only[0] === '' || only[0] === title)) {
    return [[title, only[1]].filter(Boolean).join(': '), ...others].join('\n').trim();
  }
  const written = lines.map((line) => line.filter(Boolean).join(': '));
  return [title, ...others, ...written].filter(Boolean).join('\n');
}

function toSeries(node: XmlNode): Series {
  const labels = pointsOf(child(node, 'cat') ?? child(node, 'xVal'));
  const values = ['val', 'yVal', 'bubbleSize'].map((name) => pointsOf(child(node, name)));
  const named = descendants(child(node, 'dLbls'), 'rich').map(wordsOf).filter(Boolean);
  const count = Math.max(0, ...values.map(({ length }) => length));
  const points = Array.from(
    { length: count },
    (_, at) => values.map((list) => list[at] ?? '').filter(Boolean),
  );
  const name = wordsOf(child(node, 'tx'));
  return { name, labels, values: named.length ? [...points, named] : points };
}

/** Series of the newer charts name their data by an id. */
function newSeries(tree: XmlNode): Series[] {
  const data = new Map(descendants(tree, 'data').map((node) => [node.attributes.id, node]));
  return descendants(tree, 'series').map((node) => {
    const own = data.get(child(node, 'dataId')?.attributes.val);
    const labels = pointsOf(child(own, 'strDim'));
    const values = pointsOf(child(own, 'numDim')).map((value) => [value]);
    return { name: wordsOf(child(node, 'tx')), labels, values };
  });
}

/** Points by their index; levels of a category with several, the innermost last. */
function pointsOf(node: XmlNode | undefined): string[] {
  const levels = descendants(node, 'lvl');
  const texts: string[] = [];
  const lists = levels.length ? levels.toReversed() : [node];
  for (const list of lists) {
    const format = list?.attributes.formatCode ?? descendants(list, 'formatCode')[0]?.text;
    const isNumber = node !== undefined &&
      (node.name === 'numDim' || ['numRef', 'numLit'].some((name) => child(node, name)));
    for (const point of descendants(list, 'pt')) {
      const at = Number(point.attributes.idx ?? texts.length);
      if (!(at >= 0 && at < MAX_POINTS)) continue;
      const text = (child(point, 'v') ?? point).text.trim();
      const own = point.attributes.formatCode ?? format;
      const written = isNumber && own ? asShown(text, own) : text;
      texts[at] = texts[at] ? `${texts[at]} ${written}` : written;
    }
  }
  return Array.from(texts, (text) => text ?? '');
}

const MAX_POINTS = 100_000;

function asShown(text: string, format: string): string {
  const value = Number(text);
  return text && Number.isFinite(value) ? formatNumberAs(value, format) : text;
}

/** Texts of a title or label, literal or taken from cells. */
function wordsOf(node: XmlNode | undefined): string {
  const paragraphs = descendants(node, 'p').map((p) => descendants(p, 't').map(textOf).join(''));
  const texts = paragraphs.length ? paragraphs : descendants(node, 'v').map(textOf);
  return texts.join(' ').replace(/\s+/g, ' ').trim();
}

const textOf = ({ text }: XmlNode) => text;
