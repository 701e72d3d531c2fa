/**
 * Answers of a function that are asked for again and again, with the same few questions.
 *
 * @module
 */

/** Questions come from files: so many different ones, and all answers are forgotten. */
const MAX_ANSWERS = 1_000;

/** `answer` with a memory. */
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
