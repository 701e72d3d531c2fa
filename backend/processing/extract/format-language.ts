/**
 * Languages and calendars that a number format may name (`[$-407]`): names of months and weekdays come
 * from the runtime.
 *
 * @module
 */
import { remembered } from './remembered.ts';

export interface FormatLanguage {
  /** BCP 47 tag. */
  readonly tag: string;
  readonly isBuddhist: boolean;
  /** True if years are counted from the beginning of an emperor's reign. */
  readonly hasEras: boolean;
}

/** Languages by the lower ten bits of their identifier (MS-LCID 2.1). */
const LANGUAGES: Readonly<Record<number, string>> = {
  0x01: 'ar',
  0x02: 'bg',
  0x03: 'ca',
  0x04: 'zh',
  0x05: 'cs',
  0x06: 'da',
  0x07: 'de',
  0x08: 'el',
  0x09: 'en',
  0x0a: 'es',
  0x0b: 'fi',
  0x0c: 'fr',
  0x0d: 'he',
  0x0e: 'hu',
  0x0f: 'is',
  0x10: 'it',
  0x11: 'ja',
  0x12: 'ko',
  0x13: 'nl',
  0x14: 'nb',
  0x15: 'pl',
  0x16: 'pt',
  0x17: 'rm',
  0x18: 'ro',
  0x19: 'ru',
  0x1a: 'hr',
  0x1b: 'sk',
  0x1c: 'sq',
  0x1d: 'sv',
  0x1e: 'th',
  0x1f: 'tr',
  0x20: 'ur',
  0x21: 'id',
  0x22: 'uk',
  0x23: 'be',
  0x24: 'sl',
  0x25: 'et',
  0x26: 'lv',
  0x27: 'lt',
  0x29: 'fa',
  0x2a: 'vi',
  0x2b: 'hy',
  0x2c: 'az',
  0x2d: 'eu',
  0x2f: 'mk',
  0x36: 'af',
  0x37: 'ka',
  0x39: 'hi',
  0x3a: 'mt',
  0x3c: 'ga',
  0x3e: 'ms',
  0x3f: 'kk',
  0x41: 'sw',
  0x43: 'uz',
  0x45: 'bn',
  0x49: 'ta',
  0x4a: 'te',
  0x52: 'cy',
  0x56: 'gl',
  0x62: 'fy',
  0x6e: 'lb',
};
/** Languages by identifiers that mean another one in a certain country. */
const REGIONAL: Readonly<Record<number, string>> = {
  0x404: 'zh-TW',
  0x804: 'zh-CN',
  0xc04: 'zh-HK',
  0x416: 'pt-BR',
  0x816: 'pt-PT',
  0x414: 'nb',
  0x814: 'nn',
  0x81a: 'sr-Latn',
  0xc1a: 'sr',
  0x241a: 'sr-Latn',
  0x281a: 'sr',
  0xc07: 'de-AT',
  0x141a: 'bs-Latn',
};
/** Calendars (MS-OI29500 2.1.739): Japanese and Thai years differ. */
const JAPANESE = 0x03;
const THAI = 0x07;

/** The language of a section of a format; English without one. */
export function languageOf(section: string): FormatLanguage {
  const found = /\[\$[^\]-]*-([\da-z-]+)[^\]]*\]/i.exec(section)?.[1] ?? '';
  if (/^[a-z]{2,3}-/i.test(found) || /^[a-z]{2}$/i.test(found)) {
    return languageNamed(found.replace(/-x-.*$/i, ''), /^ja/i.test(found) && /g/i.test(section));
  }
  const code = Number.parseInt(found, 16) || 0x409;
  const calendar = code >> 16 & 0xff;
  const id = code & 0xffff;
  const tag = REGIONAL[id] ?? LANGUAGES[id & 0x3ff] ?? 'en';
  return {
    tag,
    isBuddhist: calendar === THAI,
    hasEras: calendar === JAPANESE || tag === 'ja' && /g/i.test(section),
  };
}

function languageNamed(name: string, hasEras: boolean): FormatLanguage {
  const isKnown = isLanguage(name);
  return { tag: isKnown ? name : 'en', isBuddhist: false, hasEras };
}

function isLanguage(name: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(name).length > 0;
  } catch {
    return false;
  }
}

type Style = 'short' | 'long';

/** @param length letters of the format: 3 short, 4 long, 5 the first letter */
export function monthName(
  month: number,
  length: number,
  isBesideDay: boolean,
  { tag }: FormatLanguage,
): string {
  const names = monthNames(tag, length === 3 ? 'short' : 'long', isBesideDay ? 'beside' : 'alone');
  const name = names[month - 1]!;
  return length === 5 ? [...name][0]! : name;
}

/** @param weekday from 0, Sunday */
export function weekdayName(weekday: number, length: number, { tag }: FormatLanguage): string {
  return weekdayNames(tag, length === 3 ? 'short' : 'long')[weekday]!;
}

/** In many languages the name of a month has another ending beside a day. */
const monthNames = remembered((tag: string, style: Style, place: 'alone' | 'beside') => {
  const alone = formatter(tag, { month: style });
  const beside = formatter(tag, { month: style, day: 'numeric' });
  return Array.from({ length: 12 }, (_, month) => {
    const date = new Date(Date.UTC(2023, month, 1));
    const found = beside.formatToParts(date).find(({ type }) => type === 'month')?.value ?? '';
    // Some languages write the number of the month beside a day.
    const name = place === 'beside' && !/^\d+$/.test(found) ? found : alone.format(date);
    return name.replace(/\.$/, '');
  });
});

const weekdayNames = remembered((tag: string, weekday: Style) => {
  const names = formatter(tag, { weekday });
  return Array.from(
    { length: 7 },
    (_, day) => names.format(new Date(Date.UTC(2023, 0, 1 + day))).replace(/\.$/, ''),
  );
});

function formatter(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(`${tag}-u-ca-gregory-nu-latn`, { timeZone: 'UTC', ...options });
}

interface Era {
  readonly year: number;
  /** One letter, one character, or the whole name. */
  name(length: number): string;
}

/** Begin of each reign, with its letter and its name. */
const ERAS: readonly (readonly [begin: number, letter: string, name: string])[] = [
  [20190501, 'R', '令和'],
  [19890108, 'H', '平成'],
  [19261225, 'S', '昭和'],
  [19120730, 'T', '大正'],
  [18680125, 'M', '明治'],
];

export function eraOf({ year, month, day }: { year: number; month: number; day: number }): Era {
  const date = year * 10_000 + month * 100 + day;
  const [begin, letter, name] = ERAS.find(([begin]) => date >= begin) ?? ERAS.at(-1)!;
  return {
    year: year - Math.floor(begin / 10_000) + 1,
    name: (length) => length === 1 ? letter : length === 2 ? name[0]! : name,
  };
}
