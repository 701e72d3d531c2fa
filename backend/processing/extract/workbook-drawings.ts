/**
 * Text boxes, charts, diagrams and described pictures on the sheets of an Excel workbook.
 *
 * @module
 */
import type { Archive } from './archive.ts';
import { embeddedParts } from './embedded-parts.ts';
import { mainPartOf, relationshipsOf } from './open-packaging.ts';
import { readShapes } from './shapes.ts';

export interface SheetDrawing {
  readonly lines: readonly string[];
  /** Names of unreadable drawings. */
  readonly missing: readonly string[];
}

/**
 * Drawings by the id of the sheet's relationship to the workbook.
 *
 * @param printed headers and footers of sheets by their entries
 */
export async function readDrawings(
  archive: Archive,
  printed: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, SheetDrawing>> {
  const drawings = new Map<string, SheetDrawing>();
  const main = await mainPartOf(archive, 'xl/workbook.xml');
  for (const { id, target } of await relationshipsOf(archive, main)) {
    const lines = [...printed.get(target) ?? []];
    const missing: string[] = [];
    for (const related of await relationshipsOf(archive, target)) {
      if (related.type !== 'drawing') continue;
      const xml = await archive.text(related.target);
      if (xml === null) continue;
      const parts = await embeddedParts(archive, await relationshipsOf(archive, related.target));
      lines.push(...readShapes(xml, { embedded: parts.texts }).text.split('\n').filter(Boolean));
      missing.push(...parts.missing);
    }
    if (lines.length || missing.length) drawings.set(id, { lines, missing });
  }
  return drawings;
}
