/**
 * Who is asking.
 *
 * @module
 */
import type { Authorize } from './permissions.ts';

/** A signed-in person. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly role: 'user' | 'admin';
  /** Decides what this person may see and change; left out, Headway's own rule does. */
  readonly authorize?: Authorize | undefined;
}

/**
 * Finds out who sends a request. Throws {@link AppError} `unauthenticated`, `forbidden`, or
 * `unavailable` where that cannot be found out at the moment.
 */
export type Authenticate = (request: Request) => Promise<Actor>;
