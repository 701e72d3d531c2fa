/**
 * Statements that are kept prepared: else each costs the server its parsing and its plan again.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

const MARK = '/* kept */';

/** Begins a statement that is asked again and again with other parameters, and else the same. */
export const KEPT: SQL = sql.raw(MARK);

/** Texts that are kept at most, by each connection: an app's own rule may be part of one. */
const MOST_TEXTS = 100;

/** Names of the statements that a pool keeps. */
export class KeptNames {
  readonly #names = new Map<string, string>();

  /** Null where the statement is not to be kept. */
  nameOf(text: string): string | null {
    if (!text.startsWith(MARK)) return null;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MOST_TEXTS) return known ?? null;
    const name = `headway_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
