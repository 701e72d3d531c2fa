/**
 * Which languages the built-in model reads.
 *
 * @module
 */
import { ProcessingError } from '../processor.ts';

/** ISO 639-1. */
export const EMBEDDED_LANGUAGES: readonly string[] = ['en'];

/**
 * Throws `unsupported_language` for a declared language (BCP 47) other than English: the model would
 * answer with invented English. Undeclared and undetermined (`und`) pass.
 */
export function requireEnglish(name: string, language: string | null | undefined): void {
  if (!language || /^(en|eng|und)($|[-_])/i.test(language)) return;
  throw new ProcessingError(
    'unsupported_language',
    `${name} is declared to be in ${
      nameOf(language)
    }, and the built-in speech model reads English ` +
      'only. For other languages a remote transcription service has to be configured ' +
      '(TRANSCRIPTION_ENDPOINT); if it is in English after all, change its language',
  );
}

function nameOf(language: string): string {
  try {
    const name = new Intl.DisplayNames('en', { type: 'language' }).of(language);
    return name && name !== language ? `${name} (${language})` : language;
  } catch {
    // Not a language tag at all.
    return JSON.stringify(language);
  }
}
