/**
 * In which language the recordings of a knowledge base are, as reactive state: a change is shown at
 * once, and taken back when it could not be saved.
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

  /** A tag, or null for none. */
  get current(): string | null {
    return this.#settings?.language ?? null;
  }

  /** Whether there is anything to choose: not where one language is all that can be transcribed. */
  get isChoice(): boolean {
    const { speech_languages: languages = [], language = null } = this.#settings ?? {};
    return languages === null || languages.length > 1 || language !== null;
  }

  /** Whether recordings in the chosen language can be transcribed here. */
  get isPossible(): boolean {
    const { speech_languages: languages = null, language = null } = this.#settings ?? {};
    return languages === null || language === null || languages.includes(baseOf(language));
  }

  /** Why the last change was not saved, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** Without an answer there is nothing to choose. */
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
