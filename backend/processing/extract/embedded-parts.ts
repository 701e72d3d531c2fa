/**
 * Parts of an Office package that another part shows: charts, diagrams and inserted documents.
 *
 * @module
 */
import type { Archive } from './archive.ts';
import { chartText } from './chart.ts';
import { diagramText } from './diagram.ts';
import type { Relationship } from './open-packaging.ts';

export interface EmbeddedParts {
  /** Texts by the id of the relationship. */
  readonly texts: ReadonlyMap<string, string>;
  /** Names of unreadable parts. */
  readonly missing: readonly string[];
}

/** Reads a part to text; null if that is not possible. */
export type PartReader = (archive: Archive, entry: string) => Promise<string | null>;

/** Objects of other programs, shown as a picture only. */
const OBJECTS = new Set(['oleObject', 'package']);

const READERS: Readonly<Record<string, PartReader>> = {
  chart: xmlReader(chartText),
  chartEx: xmlReader(chartText),
  diagramData: xmlReader(diagramText),
};

function xmlReader(textOf: (xml: string) => string): PartReader {
  return async (archive, entry) => {
    const xml = await archive.text(entry);
    return xml === null ? null : textOf(xml);
  };
}

/** @param readers for further types of relationship */
export async function embeddedParts(
  archive: Archive,
  relationships: readonly Relationship[],
  readers: Readonly<Record<string, PartReader>> = {},
): Promise<EmbeddedParts> {
  const texts = new Map<string, string>();
  const missing: string[] = [];
  for (const { id, type, target } of relationships) {
    const read = readers[type] ?? READERS[type];
    const text = read ? await read(archive, target) : null;
    if (text !== null) texts.set(id, text);
    else if (read || OBJECTS.has(type)) missing.push(target.split('/').at(-1)!);
  }
  return { texts, missing };
}
