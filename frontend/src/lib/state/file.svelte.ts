/**
 * One file with its text, as reactive state.
 *
 * @module
 */
import type { FileParts, FileRow, Part } from '#contract/files.ts';
import { errorText } from '../api/api-error.ts';
import type { HeadwayClient } from '../api/client.ts';

/** As many parts as one answer may hold. */
const PARTS_AT_ONCE = 500;

export class FileContent {
  readonly #client: HeadwayClient;
  readonly fileId: string;
  #row = $state.raw<FileRow | null>(null);
  #kind = $state.raw<FileParts['kind']>(null);
  #parts = $state.raw<Part[]>([]);
  #loaded = $state(false);
  #error = $state<string | null>(null);
  #stopped = false;

  constructor(client: HeadwayClient, fileId: string) {
    this.#client = client;
    this.fileId = fileId;
  }

  get row(): FileRow | null {
    return this.#row;
  }

  /** Null while there is no text. */
  get kind(): FileParts['kind'] {
    return this.#kind;
  }

  get parts(): Part[] {
    return this.#parts;
  }

  /** Whether everything is here, or as much as could be had. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): string | null {
    return this.#error;
  }

  async load(): Promise<void> {
    this.#error = null;
    try {
      this.#row = await this.#client.file(this.fileId);
      await this.#loadParts();
    } catch (error) {
      this.#error = errorText(error);
    } finally {
      this.#loaded = true;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Shows the first parts while the rest is still on its way. */
  async #loadParts(): Promise<void> {
    let total = 1;
    for (let offset = 0; offset < total && !this.#stopped; offset += PARTS_AT_ONCE) {
      const answer = await this.#client.fileParts(this.fileId, offset, PARTS_AT_ONCE);
      this.#parts = offset === 0 ? answer.parts : [...this.#parts, ...answer.parts];
      this.#kind = answer.kind;
      total = answer.total;
    }
  }
}
