/**
 * Preferences of the current user, as reactive state: a change is shown at once, then saved, and
 * stays shown if saving fails.
 *
 * @module
 */
import type { Preferences, PreferencesChange } from '#contract/background.ts';
import type { HeadwayClient } from '../api/client.ts';

/** State of the last change to a part of the preferences. */
export type Saving =
  | { state: 'saving' }
  | { state: 'saved' }
  | { state: 'failed'; error: unknown };

export class PreferencesForm {
  readonly #client: HeadwayClient;
  #saved = $state.raw<Preferences | null>(null);
  /** Chosen values that are not saved yet. */
  #chosen: PreferencesChange = $state.raw({});
  #saving = $state.raw<Partial<Record<string, Saving>>>({});
  #error = $state.raw<unknown>(null);
  /** Changes are saved one after the other. */
  #line: Promise<void> = Promise.resolve();

  constructor(client: HeadwayClient) {
    this.#client = client;
  }

  /** Current choices, saved or not; null until loaded. */
  get current(): Preferences | null {
    return this.#saved && ({ ...this.#saved, ...this.#chosen } as Preferences);
  }

  /** Error of the load, or null. */
  get error(): unknown {
    return this.#error;
  }

  saving(part: string): Saving | undefined {
    return this.#saving[part];
  }

  async load(): Promise<void> {
    try {
      this.#saved = await this.#client.preferences();
      this.#error = null;
    } catch (error) {
      this.#error = error;
    }
  }

  /** Saves a change of a part, with its earlier changes that could not be saved. */
  change(part: string, change: PreferencesChange): Promise<void> {
    this.#chosen = { ...this.#chosen, ...change };
    this.#say(part, { state: 'saving' });
    this.#line = this.#line.then(() => this.#save(part, change));
    return this.#line;
  }

  async #save(part: string, change: PreferencesChange): Promise<void> {
    const sent = { ...pick(this.#chosen, change), ...this.#pairOf(change) };
    try {
      this.#saved = await this.#client.changePreferences(sent);
      this.#chosen = without(this.#chosen, sent);
      this.#say(part, { state: 'saved' });
    } catch (error) {
      this.#say(part, { state: 'failed', error });
    }
  }

  /** The server takes the hours as a pair: a refused one is sent again with the other. */
  #pairOf(change: PreferencesChange): PreferencesChange {
    const { current } = this;
    if (!current || !('quiet_from' in change || 'quiet_to' in change)) return {};
    return { quiet_from: current.quiet_from, quiet_to: current.quiet_to };
  }

  #say(part: string, saving: Saving): void {
    this.#saving = { ...this.#saving, [part]: saving };
  }
}

type Values = Readonly<Record<string, unknown>>;

/** Returns the latest choice for each key of a change. */
function pick(chosen: PreferencesChange, change: PreferencesChange): PreferencesChange {
  return Object.fromEntries(Object.keys(change).map((key) => [key, (chosen as Values)[key]]));
}

/** Removes saved choices, unless they have changed again meanwhile. */
function without(chosen: PreferencesChange, sent: PreferencesChange): PreferencesChange {
  const saved = sent as Values;
  return Object.fromEntries(
    Object.entries(chosen).filter(([key, value]) => !(key in saved) || saved[key] !== value),
  );
}
