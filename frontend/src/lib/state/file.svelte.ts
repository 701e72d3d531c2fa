/**
 * One file with its text, as reactive state.
 *
 * @module
 */
import type { FileRow } from '#contract/files.ts';
import { ApiError } from '../api/api-error.ts';
import type { HeadwayClient } from '../api/client.ts';
import { PartStore } from './part-store.svelte.ts';

export class FileContent {
  readonly #client: HeadwayClient;
  readonly fileId: string;
  readonly parts: PartStore;
  #row = $state.raw<FileRow | null>(null);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  #gone = $state(false);
  #loading: Promise<void> | null = null;
  /** True if the file may have changed since the pending load began. */
  #again = false;

  constructor(client: HeadwayClient, fileId: string) {
    this.#client = client;
    this.fileId = fileId;
    this.parts = new PartStore(client, fileId);
  }

  /** The file without its text. */
  get row(): FileRow | null {
    return this.#row;
  }

  /** True once the first load has finished. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Error of the last load, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** True if the file does not exist or the user may not see it: a retry cannot help. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Loads the file and the new parts of its text. Never throws: see {@link error}. */
  load(): Promise<void> {
    this.#again = true;
    this.#loading ??= this.#loadAll().finally(() => this.#loading = null);
    return this.#loading;
  }

  /** Removes the file from a knowledge base. Throws {@link ApiError}. */
  async endLink(knowledgeId: string): Promise<void> {
    this.#row = await this.#client.endFileLink(this.fileId, knowledgeId);
  }

  stop(): void {
    this.parts.stop();
  }

  async #loadAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#load();
    }
  }

  async #load(): Promise<void> {
    try {
      this.#row = await this.#client.file(this.fileId, { content: false });
      await this.parts.load();
      this.#error = null;
    } catch (error) {
      this.#gone = error instanceof ApiError && (error.status === 404 || error.status === 403);
      this.#error = error;
    } finally {
      this.#loaded = true;
    }
  }
}
