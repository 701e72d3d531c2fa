/**
 * Work that has to wait for a service, and should not keep a worker from other work meanwhile.
 *
 * @module
 */

/** The job is to wait outside its worker for `seconds`; the message says what for. */
export class Held extends Error {
  override readonly name = 'Held';
  constructor(message: string, readonly seconds: number, options?: ErrorOptions) {
    super(message, options);
  }
}
