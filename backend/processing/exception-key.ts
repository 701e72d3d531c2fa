/**
 * Identity of an exception: the same failure of the same code has the same key in every process.
 *
 * @module
 */

/** Parts that differ from run to run: addresses, ids, temporary and absolute paths. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b0x[0-9a-f]+\b/gi, '<address>'],
  [/(?:file:\/\/|[a-z]:\\|(?<![\w.~-])\/)[^\s'":()]+/gi, '<path>'],
];

const MOST_CHARACTERS = 500;

/** Name, message and location of an error; null for a value that is no error. */
export function exceptionKey(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { name, message, stack } = error;
  return `${name}: ${withoutVarying(message)} at ${placeOf(stack)}`.slice(0, MOST_CHARACTERS);
}

function withoutVarying(text: string): string {
  return VARYING.reduce((rest, [pattern, by]) => rest.replaceAll(pattern, by), text);
}

/** The innermost file, by name, and line. */
function placeOf(stack: string | undefined): string {
  return /([^/\\\s(]+:\d+):\d+\)?$/m.exec(stack ?? '')?.[1] ?? 'unknown';
}
