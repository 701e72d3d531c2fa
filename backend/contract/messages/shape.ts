/**
 * The shape of a message: a stable code and its parameters. Text is formatted at the edge, per
 * language.
 *
 * @module
 */

/** A message as stored and sent. A newer server may send codes unknown to this version. */
export interface MessageDetails {
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Formats a message that is a parameter of another one. */
export type Say = (message: MessageDetails) => string;

/** One text per code. */
export type TextsOf<Messages> = {
  readonly [Code in keyof Messages]: (params: Messages[Code], say: Say) => string;
};

/** Parameters of a message without any. */
export type None = Readonly<Record<never, never>>;
