/**
 * Collects the characters of an RTF document: consecutive bytes in one character set are decoded
 * together, raised and lowered text is marked, headers and footers are written once around the
 * rest.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type { StreamDecoder } from '../encoding/decoder.ts';
import { lowered, raised } from './raised.ts';
import { decoderOfCodePage } from './rtf-charsets.ts';

/** Part of every page, outside of the body. */
export type Beside = 'header' | 'footer';

export interface RtfFormat {
  readonly codePage: number;
  readonly isSeen: boolean;
  readonly script: 'sup' | 'sub' | null;
  /** Part of the page to write to; null for its text. */
  readonly beside: Beside | null;
}

export class RtfOutput {
  #format: RtfFormat = { codePage: 1252, isSeen: true, script: null, beside: null };
  readonly #decoders = new Map<number, StreamDecoder>();
  #pending: string[] = [];
  /** Raised or lowered text that is still open. */
  #script = '';
  #body = '';
  readonly #beside: Readonly<Record<Beside, string[]>> = { header: [''], footer: [''] };

  get text(): string {
    const [header, footer] = [this.#beside.header, this.#beside.footer].map((texts) => {
      const different = new Set(texts.map((text) => text.trim()).filter(Boolean));
      return [...different].join('\n\n');
    });
    return [header, this.#body, footer].filter(Boolean).join('\n\n');
  }

  set(format: RtfFormat): void {
    const now = this.#format;
    if (now.codePage !== format.codePage || now.isSeen !== format.isSeen) this.#flush();
    if (now.script !== format.script || now.beside !== format.beside) this.#endScript();
    if (now.beside !== format.beside && format.beside) this.#beside[format.beside].push('');
    this.#format = format;
  }

  writeBytes(bytes: string): void {
    if (this.#format.isSeen) this.#pending.push(bytes);
  }

  write(text: string): void {
    this.#flush();
    if (this.#format.isSeen) this.#put(text);
  }

  end(): void {
    this.#endScript();
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(''), 'latin1');
    this.#pending = [];
    const { codePage } = this.#format;
    let decoder = this.#decoders.get(codePage);
    if (!decoder) this.#decoders.set(codePage, decoder = decoderOfCodePage(codePage));
    this.#put(decoder.decode(bytes));
  }

  #put(text: string): void {
    if (this.#format.script) this.#script += text;
    else this.#append(text);
  }

  #endScript(): void {
    this.#flush();
    const { script } = this.#format;
    if (!script || !this.#script) return;
    const write = script === 'sup' ? raised : lowered;
    const text = write(this.#before(), this.#script);
    this.#script = '';
    this.#append(text);
  }

  /** End of the text before the raised or lowered one. */
  #before(): string {
    const { beside } = this.#format;
    return (beside ? this.#beside[beside].at(-1)! : this.#body).slice(-20);
  }

  #append(text: string): void {
    const { beside } = this.#format;
    if (beside) this.#beside[beside][this.#beside[beside].length - 1] += text;
    else this.#body += text;
  }
}
