/**
 * Cache of a function that is called often with the same few arguments.
 *
 * @module
 */

/** Maximum number of entries; then the cache is cleared, since arguments come from files. */
const MAX_ANSWERS = 1_000;

/** Caches the results of `answer`, which are never undefined. */
export function remembered<A extends readonly string[], T>(
  answer: (...question: A) => T,
): (...question: A) => T {
  const answers = new Map<string, T>();
  return (...question) => {
    const key = question.join('\0');
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (answers.size >= MAX_ANSWERS) answers.clear();
    const made = answer(...question);
    answers.set(key, made);
    return made;
  };
}
