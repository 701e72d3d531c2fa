/**
 * Records of comma-separated values (RFC 4180 and its common variants: other separators, quotation
 * marks inside fields, any line end), as text arrives.
 *
 * @module
 */

/** Characters; a longer record means that a quotation mark was never closed. */
const MAX_RECORD = 8_000_000;

const LF = 10;
const CR = 13;

export interface CsvRecord {
  readonly fields: readonly string[];
  /** The text of the record with its line end; all of them together are the text. */
  readonly source: string;
}

/** A quotation mark that opens a field and is never closed. */
export class UnclosedQuoteError extends Error {
  override readonly name = 'UnclosedQuoteError';
}

export class CsvRecords {
  readonly #delimiter: number;
  #rest = '';

  /** @param delimiter a single character */
  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** Adds text and yields the records that are complete. */
  *push(text: string): Generator<CsvRecord> {
    this.#rest += text;
    yield* this.#records(false);
    if (this.#rest.length > MAX_RECORD) throw new UnclosedQuoteError('Record without an end');
  }

  *end(): Generator<CsvRecord> {
    yield* this.#records(true);
  }

  *#records(final: boolean): Generator<CsvRecord> {
    let from = 0;
    while (from < this.#rest.length) {
      const fields: string[] = [];
      const to = this.#readRecord(from, final, fields);
      if (to === null) break;
      yield { fields, source: this.#rest.slice(from, to) };
      from = to;
    }
    this.#rest = this.#rest.slice(from);
  }

  /** End of the record, or null if it has not arrived. */
  #readRecord(from: number, final: boolean, fields: string[]): number | null {
    for (let at = from;; at++) {
      const end = this.#readField(at, final, fields);
      if (end === null) return null;
      at = end;
      if (this.#rest.charCodeAt(at) === this.#delimiter) continue;
      if (at + 1 >= this.#rest.length && !final) return null;
      return Math.min(at + (this.#rest.startsWith('\r\n', at) ? 2 : 1), this.#rest.length);
    }
  }

  /** End of the field: at a separator, a line end, or the end of the text. */
  #readField(from: number, final: boolean, fields: string[]): number | null {
    let quoted = '';
    let at = from;
    if (this.#rest[at] === '"') {
      const close = this.#closingQuote(at);
      if (close === null && !final) return null;
      if (close === null) throw new UnclosedQuoteError('Quotation mark without its end');
      quoted = this.#rest.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    }
    const end = this.#fieldEnd(at);
    fields.push(quoted + this.#rest.slice(at, end));
    return end;
  }

  #fieldEnd(from: number): number {
    const text = this.#rest;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === this.#delimiter || code === LF || code === CR) return at;
    }
    return text.length;
  }

  /** The mark that closes the one at `open`; two consecutive ones stand for one inside. */
  #closingQuote(open: number): number | null {
    for (let at = open + 1;; at += 2) {
      at = this.#rest.indexOf('"', at);
      if (at === -1) return null;
      if (this.#rest[at + 1] !== '"') return at;
    }
  }
}
