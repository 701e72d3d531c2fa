/**
 * Relationships between the parts of an Office Open XML package (ECMA-376 part 2).
 *
 * @module
 */
import type { Archive } from './archive.ts';
import { elementsNamed } from './xml.ts';

export interface Relationship {
  readonly id: string;
  /** Last segment of its type, the same in the strict and the transitional form. */
  readonly type: string;
  /** Name of the target entry. */
  readonly target: string;
}

/** Relationships of `part` (`''` for the package), external ones left out. */
export async function relationshipsOf(archive: Archive, part: string): Promise<Relationship[]> {
  const slash = part.lastIndexOf('/') + 1;
  const xml = await archive.text(`${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`);
  return elementsNamed(xml ?? '', 'Relationship')
    .filter(({ attributes }) => attributes.TargetMode !== 'External')
    .map(({ attributes }) => ({
      id: attributes.Id ?? '',
      type: attributes.Type?.split('/').at(-1) ?? '',
      target: resolvePath(part, attributes.Target ?? ''),
    }));
}

/** Entry of the package's document; `fallback` if it names none. */
export async function mainPartOf(archive: Archive, fallback: string): Promise<string> {
  const relationships = await relationshipsOf(archive, '');
  return relationships.find(({ type }) => type === 'officeDocument')?.target ?? fallback;
}

/** Resolves a reference inside an archive, relative to the entry `from`. */
export function resolvePath(from: string, reference: string): string {
  const path = decoded(reference.split('#')[0]!);
  const segments = path.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment && segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
