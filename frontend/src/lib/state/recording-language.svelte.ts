/**
 * Language of a knowledge base's recordings, as reactive state: a change is shown at once, and
 * reverted if it cannot be saved.
 *
 * @module
 */
import type { KnowledgeProcessing } from '#contract/processing.ts';
import type { HeadwayClient } from '../api/client.ts';

export class RecordingLanguage {
  #settings = $state.raw<KnowledgeProcessing | null>(null);
  #error = $state.raw<unknown>(null);
  /** Changes are saved one after the other. */
  #line: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Pick<HeadwayClient, 'processing' | 'changeProcessing'>,
    private readonly knowledgeId: string,
  ) {}

  /** A BCP 47 tag, or null for none. */
  get current(): string | null {
    return this.#settings?.language ?? null;
  }

  /** True if there is a choice: not where only one language can be transcribed. */
  get isChoice(): boolean {
    const { speech_languages: languages = [], language = null } = this.#settings ?? {};
    return languages === null || languages.length > 1 || language !== null;
  }

  /** True if recordings in the chosen language can be transcribed here. */
  get isPossible(): boolean {
    const { speech_languages: languages = null, language = null } = this.#settings ?? {};
    return languages === null || language === null || languages.includes(baseOf(language));
  }

  /** Error of the last change, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** Without an answer there is no choice. */
  async load(): Promise<void> {
    this.#settings = await this.client.processing(this.knowledgeId).catch(() => null);
  }

  choose(language: string | null): Promise<void> {
    this.#line = this.#line.then(() => this.#save(language));
    return this.#line;
  }

  async #save(language: string | null): Promise<void> {
    const before = this.#settings;
    if (!before) return;
    this.#settings = { ...before, language };
    this.#error = null;
    try {
      this.#settings = await this.client.changeProcessing(this.knowledgeId, { language });
    } catch (error) {
      this.#settings = before;
      this.#error = error;
    }
  }
}

const baseOf = (tag: string) => new Intl.Locale(tag).language;
