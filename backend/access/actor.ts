/**
 * The principal of a request.
 *
 * @module
 */
import type { Authorize } from './permissions.ts';

/** A signed-in person. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly role: 'user' | 'admin';
  /** Decides what this person may see and change. @default Headway's own rule */
  readonly authorize?: Authorize | undefined;
}

/**
 * Authenticates a request. Throws {@link AppError} `unauthenticated`, `forbidden`, or `unavailable`
 * if authentication is not possible at the moment.
 */
export type Authenticate = (request: Request) => Promise<Actor>;
