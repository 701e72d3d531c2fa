/**
 * Languages to choose from.
 *
 * @module
 */

/** Languages that the usual models transcribe well, ISO 639-1. */
const COMMON =
  ('af ar az be bg bs ca cs cy da de el en es et fa fi fr gl he hi hr hu hy id is it ja kk kn ko lt ' +
    'lv mi mk mr ms ne nl no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh').split(' ');

/** Returns `[tag, name]` pairs sorted by localized name; `chosen` is always among them. */
export function languageOptions(locale: string, chosen: string | null): [string, string][] {
  const names = new Intl.DisplayNames(locale, { type: 'language' });
  const tags = new Set([...COMMON, ...(chosen ? [chosen] : [])]);
  return [...tags]
    .map((tag): [string, string] => [tag, names.of(tag) ?? tag])
    .sort(([, a], [, b]) => a.localeCompare(b, locale));
}

/** Returns the localized name of a language. */
export function languageName(locale: string, tag: string): string {
  return new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag;
}
