/**
 * Languages, as BCP 47 tags (`de`, `en-GB`) whose first part is a language that is known.
 *
 * @module
 */
import * as v from 'valibot';

const MOST_LENGTH = 35;

/**
 * Returns the canonical form of a tag (`EN_us` is `en-US`, `deu` is `de`), or null for an invalid
 * one. `und` means that the language is unknown.
 */
export function canonicalLanguage(text: string): string | null {
  if (text.length > MOST_LENGTH) return null;
  try {
    const [tag = ''] = Intl.getCanonicalLocales(text.trim().replaceAll('_', '-'));
    return isKnown(tag) ? tag : null;
  } catch {
    return null;
  }
}

/** Returns the ISO 639-1 code where there is one, else ISO 639-3; null for an unknown language. */
export function languageCode(tag: string | null | undefined): string | null {
  const canonical = tag ? canonicalLanguage(tag) : null;
  const code = canonical && new Intl.Locale(canonical).language;
  return code === null || code === 'und' ? null : code;
}

function isKnown(tag: string): boolean {
  if (tag === '') return false;
  const { language = 'und' } = new Intl.Locale(tag);
  if (language === 'und') return true;
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  return names.of(language) !== undefined;
}

const NOT_A_LANGUAGE = 'must be a language tag, like de or en-GB';

/** Like {@link Language}; clients also send an empty text for none. */
export const DeclaredLanguage = v.pipe(
  v.string(),
  v.maxLength(MOST_LENGTH),
  v.check((text) => text.trim() === '' || canonicalLanguage(text) !== null, NOT_A_LANGUAGE),
  v.transform(canonicalLanguage),
);

/** A tag of a known language; the output is its canonical form. */
export const Language = v.pipe(
  v.string(),
  v.maxLength(MOST_LENGTH),
  v.check((text) => canonicalLanguage(text) !== null, NOT_A_LANGUAGE),
  v.transform((text) => canonicalLanguage(text) ?? text),
);
