/**
 * Prepared statements, which save the server repeated parsing and planning.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';

const MARK = '/* kept */';

/** Prefix of a statement that is frequent and differs only in its parameters. */
export const KEPT: SQL = sql.raw(MARK);

/** Maximum prepared statements of a connection: an app's own rule may be part of one. */
const MOST_TEXTS = 100;

/** Names of a pool's prepared statements. */
export class KeptNames {
  readonly #names = new Map<string, string>();

  /** Null if the statement is not to be prepared. */
  nameOf(text: string): string | null {
    if (!text.startsWith(MARK)) return null;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MOST_TEXTS) return known ?? null;
    const name = `headway_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
