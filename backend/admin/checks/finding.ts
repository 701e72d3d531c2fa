/**
 * The interface of a consistency check.
 *
 * @module
 */
import type { Place } from '../place.ts';

export interface Finding {
  /** Argument of the repair: the id of a row, or a path. */
  readonly id: string;
  readonly detail: string;
}

export interface Check {
  readonly kind: string;
  find(place: Place): Promise<readonly Finding[]>;
  /**
   * Repairs one finding, if it still exists: much may have changed since it was found. Returns a
   * description, or null if nothing was left to do or nothing can be done.
   */
  repair(place: Place, id: string): Promise<string | null>;
}
