/**
 * Every answer names its request, so that a person can tell an operator which one failed.
 *
 * @module
 */

const GIVEN = /^[\w.-]{1,64}$/;

/** Before a number: making a random id for each poll takes longer than finding its answer. */
const PROCESS = crypto.randomUUID().slice(0, 18);
let made = 0;

/** The id that came with a request, where it can be one, or a new one. */
export function requestIdOf(given: string | null | undefined): string {
  return given && GIVEN.test(given) ? given : `${PROCESS}-${(++made).toString(36)}`;
}
