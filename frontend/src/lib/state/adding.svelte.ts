/**
 * Adds files to a knowledge base: reports duplicates before it sends, splits a large drop into
 * several sessions, and reports skipped files. Any number of drops may overlap.
 *
 * @module
 */
import type { SessionAccepted } from '#contract/sessions.ts';
import type { ChosenFiles } from '../uploads/dropped-files.ts';
import { compareFiles, type CompareOptions, type Duplicate } from '../uploads/duplicates.ts';
import { inPortions, MOST_AT_ONCE } from '../uploads/portions.ts';

export interface AddingOptions {
  /** Requests the known files from the server. */
  known: CompareOptions['ask'];
  /** Announces files as one session and starts to send them. */
  announce: (files: File[]) => Promise<SessionAccepted>;
  onSession: (sessionId: string) => void;
  /** @default {@link compareFiles} */
  compare?: typeof compareFiles;
  /** Maximum files of a session. @default 10000 */
  mostAtOnce?: number;
}

/** Notes on drops that were not added in full. */
export interface LeftOut {
  hidden: number;
  emptyFolders: string[];
  /** True if a drop had no file in it. */
  nothing: boolean;
  /** Number of sessions of the last drop; 0 unless it took more than one. */
  portions: number;
}

const NOTHING_LEFT_OUT: LeftOut = { hidden: 0, emptyFolders: [], nothing: false, portions: 0 };

export class Adding {
  readonly #options: Required<Pick<AddingOptions, 'compare' | 'mostAtOnce'>> & AddingOptions;
  #comparing = $state(0);
  #announcing = $state(0);
  #held = $state.raw<Duplicate[]>([]);
  #leftOut = $state.raw<LeftOut>(NOTHING_LEFT_OUT);
  #error = $state.raw<unknown>(null);

  constructor(options: AddingOptions) {
    this.#options = { compare: compareFiles, mostAtOnce: MOST_AT_ONCE, ...options };
  }

  /** Current step of files that have no row yet. */
  get busy(): 'comparing' | 'announcing' | null {
    if (this.#announcing > 0) return 'announcing';
    return this.#comparing > 0 ? 'comparing' : null;
  }

  /** Duplicates that wait for the user's decision. */
  get held(): readonly Duplicate[] {
    return this.#held;
  }

  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  get error(): unknown {
    return this.#error;
  }

  /** Never rejects: the failure is in `error`. */
  async add({ files, leftOut, emptyFolders }: ChosenFiles): Promise<void> {
    this.#error = null;
    this.#leftOut = {
      hidden: leftOut,
      emptyFolders,
      nothing: files.length === 0,
      portions: files.length > this.#options.mostAtOnce
        ? Math.ceil(files.length / this.#options.mostAtOnce)
        : 0,
    };
    if (files.length === 0) return;
    const { fresh, duplicates } = await this.#compare(files);
    this.#held = [...this.#held, ...duplicates];
    await this.#send(fresh);
  }

  /** Sends duplicates all the same: the given ones, or all. */
  async sendHeld(files: readonly Duplicate[] = this.#held): Promise<void> {
    this.skipHeld(files);
    await this.#send(files.map(({ file }) => file));
  }

  /** Discards duplicates: the given ones, or all. */
  skipHeld(files: readonly Duplicate[] = this.#held): void {
    const gone = new Set(files);
    this.#held = this.#held.filter((each) => !gone.has(each));
  }

  /** Clears the notes and the error. */
  dismiss(): void {
    this.#leftOut = NOTHING_LEFT_OUT;
    this.#error = null;
  }

  /** Comparing is optional: if it fails, the files are sent, which reports the actual problem. */
  async #compare(files: File[]) {
    this.#comparing += 1;
    try {
      return await this.#options.compare(files, { ask: this.#options.known });
    } catch {
      return { fresh: files, duplicates: [] };
    } finally {
      this.#comparing -= 1;
    }
  }

  async #send(files: File[]): Promise<void> {
    this.#announcing += 1;
    try {
      for (const portion of inPortions(files, this.#options.mostAtOnce)) {
        const { session_id } = await this.#options.announce(portion);
        this.#options.onSession(session_id);
      }
    } catch (error) {
      this.#error = error;
    } finally {
      this.#announcing -= 1;
    }
  }
}
