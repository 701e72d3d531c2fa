/**
 * Every answer names its request, so that a person can tell an operator which one failed.
 *
 * @module
 */

const GIVEN = /^[\w.-]{1,64}$/;

/**
 * Before a number: making a random id for each poll takes longer than finding its answer. So short
 * that the whole is one that a person can read out, and cheap to check and to send: what a header's
 * value costs grows with each of its characters.
 */
const PROCESS = (crypto.getRandomValues(new Uint32Array(1))[0]! % 36 ** 6)
  .toString(36).padStart(6, '0');
let made = 0;

/** The id that came with a request, where it can be one, or a new one. */
export function requestIdOf(given: string | null | undefined): string {
  return given && GIVEN.test(given) ? given : `${PROCESS}-${(++made).toString(36)}`;
}
