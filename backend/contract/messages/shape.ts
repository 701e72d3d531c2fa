/**
 * The shape of a message: a stable code and its parameters. Text is made of it at the edge, per
 * language.
 *
 * @module
 */

/** A message as it is stored and sent. A newer server may send codes that are unknown here. */
export interface MessageDetails {
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Text of a message that is a parameter of another one. */
export type Say = (message: MessageDetails) => string;

/** One text per code. */
export type TextsOf<Messages> = {
  readonly [Code in keyof Messages]: (params: Messages[Code], say: Say) => string;
};

/** Parameters of a message that has none. */
export type None = Readonly<Record<never, never>>;
