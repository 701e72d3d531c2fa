/**
 * Walks through XML by the local names of its elements. Entities other than the five of XML itself
 * stay unchanged: no external one is ever resolved and none expands.
 *
 * @module
 */
import { Parser } from 'htmlparser2';
import { DepthLimit } from './depth-limit.ts';

export interface XmlElement {
  /** Name without its prefix. */
  readonly name: string;
  /** Attributes by their names without prefix. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface XmlVisitor {
  /** @param path the elements around it, outermost first, without itself */
  open?(element: XmlElement, path: readonly XmlElement[]): void;
  close?(element: XmlElement, path: readonly XmlElement[]): void;
  /** @param path the elements around it, the innermost one last */
  text?(text: string, path: readonly XmlElement[]): void;
}

/** Maximum depth of elements; libxml2 allows 256 by default. */
const MAX_DEPTH = 1_000;

/** Throws {@link ProcessingError} `too_large_inside` if elements are nested too deeply. */
export function walkXml(source: string, visitor: XmlVisitor): void {
  const path: XmlElement[] = [];
  const depth = new DepthLimit(MAX_DEPTH);
  const parser = new Parser({
    onopentag(name, attributes) {
      depth.open();
      const element = { name: localName(name), attributes: localNames(attributes) };
      visitor.open?.(element, path);
      path.push(element);
    },
    ontext: (text) => visitor.text?.(text, path),
    onclosetag() {
      depth.close();
      const element = path.pop();
      if (element) visitor.close?.(element, path);
    },
  }, { xmlMode: true, decodeEntities: true });
  parser.end(source);
}

/** All elements of one name, in order; for small files such as manifests. */
export function elementsNamed(source: string, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  walkXml(source, { open: (element) => void (element.name === name && found.push(element)) });
  return found;
}

/** An attribute as an integer; `fallback` if it is missing, malformed or has over nine digits. */
export function integer(value: string | undefined, fallback: number): number {
  return value !== undefined && /^-?\d{1,9}$/.test(value) ? Number(value) : fallback;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** If a plain and a prefixed attribute share a name (`id`, `r:id`), both are kept. */
function localNames(attributes: Record<string, string>): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    names[name] = value;
    names[localName(name)] ??= value;
  }
  return names;
}
