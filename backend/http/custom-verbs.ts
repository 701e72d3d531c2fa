/**
 * Custom methods: paths like `/analyzers/{id}:analyze`. The router matches the verb as a part of
 * the parameter; the OpenAPI document shows the path as it is requested.
 *
 * @module
 */

/** A pattern of the router for `/:<parameter>:<verb>`: letters, digits, `_`, `.`, `-`, and the verb. */
export function withVerb<P extends string, V extends string>(
  parameter: P,
  verb: V,
): `/:${P}{[\\w.-]+:${V}}` {
  return `/:${parameter}{[\\w.-]+:${verb}}`;
}

/** The parameter without the verb. */
export const withoutVerb = (value: string): string => value.slice(0, value.lastIndexOf(':'));

const PATTERN = /^(.*\/):(\w+)\{\[\\w\.-\]\+:(\w+)\}$/;

/** The pattern as the OpenAPI document writes it, with and without its verb; null for others. */
function namesOf(pattern: string): { before: string; after: string } | null {
  const [, folder, parameter, verb] = PATTERN.exec(pattern) ?? [];
  if (!verb) return null;
  const before = `${folder}{${parameter}}`;
  return { before, after: `${before}:${verb}` };
}

interface Route {
  readonly method: string;
  readonly path: string;
}

interface Document<T> {
  paths: Record<string, Record<string, T>>;
}

/** Moves every operation with a verb to its requested path in the document. */
export function nameVerbs<T>(document: Document<T>, routes: readonly Route[]): void {
  for (const { method, path } of routes) {
    const names = namesOf(path);
    const key = method.toLowerCase();
    const item = names && document.paths[names.before];
    const operation = item?.[key];
    if (!names || !item || !operation) continue;
    delete item[key];
    if (Object.keys(item).length === 0) delete document.paths[names.before];
    document.paths[names.after] = { ...document.paths[names.after], [key]: operation };
  }
}
