/**
 * Prints the time as a program of this runtime sees it, in milliseconds since 1970.
 *
 * @module
 */
console.info(`time ${Date.now()}`);
