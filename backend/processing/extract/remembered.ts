/**
 * Cache of a function that is called often with the same few arguments.
 *
 * @module
 */

/** Maximum number of entries; then the cache is cleared, since arguments come from files. */
const MAX_ANSWERS = 1_000;

/** Caches the results of `answer`. */
export function remembered<T>(answer: (question: string) => T): (question: string) => T {
  const answers = new Map<string, T>();
  return (question) => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    if (answers.size >= MAX_ANSWERS) answers.clear();
    const made = answer(question);
    answers.set(question, made);
    return made;
  };
}
