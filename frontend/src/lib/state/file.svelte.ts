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
  /** Whether something new may have come since the load under way began. */
  #again = false;

  constructor(client: HeadwayClient, fileId: string) {
    this.#client = client;
    this.fileId = fileId;
    this.parts = new PartStore(client, fileId);
  }

  /** Without its text. */
  get row(): FileRow | null {
    return this.#row;
  }

  /** Whether everything was asked for once. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Why it, or the newest of it, could not be had; else null. */
  get error(): unknown {
    return this.#error;
  }

  /** Whether it is not there, or not for the asker's eyes: asking again is of no use. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Asks for the file and what is new of its text. Never throws: see {@link error}. */
  load(): Promise<void> {
    this.#again = true;
    this.#loading ??= this.#loadAll().finally(() => this.#loading = null);
    return this.#loading;
  }

  /** Takes it out of a knowledge base. Throws {@link ApiError}. */
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
