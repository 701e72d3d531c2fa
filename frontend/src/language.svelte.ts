/**
 * Language of the pages: the browser's preference, or the choice stored on this device.
 *
 * @module
 */
import { englishMessages, germanMessages, type Messages } from '$lib/index.ts';
import { hostEnglish, hostGerman, type HostMessages } from './host-messages.ts';

interface Translation {
  /** Name of the language, in that language. */
  name: string;
  messages: Messages;
  host: HostMessages;
}

export const LANGUAGES = {
  en: { name: 'English', messages: englishMessages, host: hostEnglish },
  de: { name: 'Deutsch', messages: germanMessages, host: hostGerman },
} as const satisfies Record<string, Translation>;
export type LanguageCode = keyof typeof LANGUAGES;

const KEY = 'headway:language';

/** Returns the first wanted language that is available. */
export function pickLanguage(wanted: readonly string[]): LanguageCode {
  const found = wanted.map((locale) => locale.split('-')[0] ?? '').find(isCode);
  return found ?? 'en';
}

function isCode(code: string): code is LanguageCode {
  return code in LANGUAGES;
}

class Language {
  #code = $state<LanguageCode>('en');

  constructor() {
    const chosen = globalThis.localStorage?.getItem(KEY);
    this.#set(pickLanguage([...chosen ? [chosen] : [], ...globalThis.navigator?.languages ?? []]));
  }

  get code(): LanguageCode {
    return this.#code;
  }

  get messages(): Messages {
    return LANGUAGES[this.#code].messages;
  }

  get host(): HostMessages {
    return LANGUAGES[this.#code].host;
  }

  /** Changes the pages at once and stores the choice on this device. */
  choose(code: LanguageCode): void {
    globalThis.localStorage?.setItem(KEY, code);
    this.#set(code);
  }

  #set(code: LanguageCode): void {
    this.#code = code;
    // Set synchronously and not in an effect: the code that runs next reads it.
    if (globalThis.document) document.documentElement.lang = code;
  }
}

export const language = new Language();
