/**
 * What a consistency check is.
 *
 * @module
 */
import type { Place } from '../place.ts';

export interface Finding {
  /** What the repair takes: the id of a row, or a path. */
  readonly id: string;
  readonly detail: string;
}

export interface Check {
  readonly kind: string;
  find(place: Place): Promise<readonly Finding[]>;
  /**
   * Puts one finding right, where it still holds: much may have changed since it was found. Returns
   * what was done, or null where there was nothing to do any more or nothing can be done.
   */
  repair(place: Place, id: string): Promise<string | null>;
}
