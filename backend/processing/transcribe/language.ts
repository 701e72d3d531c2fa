/**
 * Languages of the built-in model.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { ProcessingError } from '../processor.ts';

/** ISO 639-1. */
export const EMBEDDED_LANGUAGES: readonly string[] = ['en'];

/**
 * Throws `unsupported_language` for a declared language (BCP 47) other than English: the model
 * would produce invented English. Undeclared and undetermined (`und`) pass.
 */
export function requireEnglish(name: string, language: string | null | undefined): void {
  if (!language || /^(en|eng|und)($|[-_])/i.test(language)) return;
  const reason = message('unsupported_language', { name, language });
  throw new ProcessingError('unsupported_language', reason);
}
