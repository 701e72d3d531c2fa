/**
 * Dates and times of spreadsheets, which are numbers of days, in a number format.
 *
 * @module
 */
import {
  eraOf,
  type FormatLanguage,
  languageOf,
  monthName,
  weekdayName,
} from './format-language.ts';
import { remembered } from './remembered.ts';

export interface DateOptions {
  /** Day 0 is 1 January 1904 instead of the last of 1899. @default false */
  readonly date1904?: boolean;
}

const DAY_MS = 86_400_000;
/** Maximum date: 31 December 9999. */
const MAX_DAYS = 2_958_466;

type Unit =
  | 'y'
  | 'b'
  | 'e'
  | 'g'
  | 'm'
  | 'd'
  | 'h'
  | 's'
  | 'minute'
  | 'half'
  | 'elapsed'
  | 'fraction';

interface Token {
  unit: Unit | null;
  readonly text: string;
}

const TOKENS =
  /"([^"]*)"?|\\([^])|[_*]([^])|(\[[^\]]*\]?)|(am\/pm|a\/p|上午\/下午)|(b+|y+|m+|d+|h+|s+|g+|e+)|(\.0+)|([^])/giu;

/** A section of a number format, taken apart. */
interface DateSection {
  readonly tokens: readonly Token[];
  /** True if it has a part of a date or time, and no digit of a number. */
  readonly isDate: boolean;
  readonly isDuration: boolean;
  readonly is12Hour: boolean;
  readonly hasDay: boolean;
  /** Digits of a second. */
  readonly digits: number;
  readonly language: FormatLanguage;
}

const dateSection = remembered((section: string): DateSection => {
  const tokens = tokensOf(section);
  const has = (unit: Unit) => tokens.some((token) => token.unit === unit);
  const rest = bare(section);
  return {
    tokens,
    isDate: tokens.some(({ unit }) => unit !== null && unit !== 'fraction') &&
      !/[#?]|general/i.test(rest) && !/(^|[^.0:s])0/i.test(rest),
    isDuration: has('elapsed'),
    is12Hour: has('half'),
    hasDay: tokens.some(({ unit, text }) => unit === 'd' && text.length < 3),
    digits: Math.min((tokens.find(({ unit }) => unit === 'fraction')?.text.length ?? 1) - 1, 3),
    language: languageOf(section),
  };
});

export function isDateFormat(section: string): boolean {
  return dateSection(section).isDate;
}

const bare = (section: string) => section.replace(/"[^"]*"?|\\[^]|[_*][^]|\[[^\]]*\]?/gu, '');

/** The value as the format shows it, or null for a number that is no date. */
export function formatDate(
  value: number,
  section: string,
  { date1904 = false }: DateOptions = {},
): string | null {
  const format = dateSection(section);
  if (!Number.isFinite(value) || value >= MAX_DAYS || value < 0 && !format.isDuration) return null;
  const moment = momentOf(Math.abs(value), format.digits, date1904);
  const text = format.tokens.map((token) => written(token, moment, format)).join('');
  return (value < 0 ? '-' : '') + text.replace(/\s+/g, ' ').trim();
}

function tokensOf(section: string): Token[] {
  const tokens: Token[] = [...section.matchAll(TOKENS)].map(toToken);
  // A month beside hours or seconds is a minute (18.8.31).
  const units = tokens.filter(({ unit }) => unit !== null);
  units.forEach((token, at) => {
    if (token.unit !== 'm' || token.text.length > 2) return;
    const before = units[at - 1];
    const after = units[at + 1];
    const isBehindHours = before?.unit === 'h' ||
      before?.unit === 'elapsed' && /^\[h/i.test(before.text);
    const isBeforeSeconds = after?.unit === 's' ||
      after?.unit === 'elapsed' && /^\[s/i.test(after.text);
    if (isBehindHours || isBeforeSeconds) token.unit = 'minute';
  });
  return tokens;
}

function toToken(match: RegExpMatchArray): Token {
  const [, quoted, escaped, filler, bracket, half, part, fraction, other] = match;
  if (bracket !== undefined) {
    if (/^\[(h+|m+|s+)\]$/i.test(bracket)) return { unit: 'elapsed', text: bracket };
    return { unit: null, text: /^\[\$([^\]-]+)/.exec(bracket)?.[1] ?? '' };
  }
  if (half !== undefined) return { unit: 'half', text: half };
  if (part !== undefined) return { unit: part[0]!.toLowerCase() as Unit, text: part };
  if (fraction !== undefined) return { unit: 'fraction', text: fraction };
  const text = quoted ?? escaped ?? (filler === undefined ? other : ' ') ?? '';
  return { unit: null, text: text === '@' && quoted === undefined ? '' : text };
}

interface Moment {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Of the second. */
  readonly milliseconds: number;
  /** Of the whole value. */
  readonly totalSeconds: number;
}

function momentOf(value: number, digits: number, date1904: boolean): Moment {
  const step = 1000 / 10 ** digits;
  const total = Math.round(value * DAY_MS / step) * step;
  const days = Math.floor(total / DAY_MS);
  const time = total - days * DAY_MS;
  return {
    ...calendarDay(days, date1904),
    hours: Math.floor(time / 3_600_000),
    minutes: Math.floor(time / 60_000) % 60,
    seconds: Math.floor(time / 1000) % 60,
    milliseconds: Math.round(time % 1000),
    totalSeconds: Math.floor(total / 1000),
  };
}

/** Excel counts 29 February 1900, which did not exist, and calls day 0 the 0 January. */
function calendarDay(days: number, date1904: boolean) {
  if (!date1904 && days === 0) return { year: 1900, month: 1, day: 0, weekday: 6 };
  if (!date1904 && days === 60) return { year: 1900, month: 2, day: 29, weekday: 3 };
  const offset = date1904 ? 0 : days < 60 ? 0 : -1;
  const start = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 31);
  const date = new Date(start + (days + offset) * DAY_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    // Weekdays of the first two months of 1900 are one off as well.
    weekday: date1904 ? date.getUTCDay() : (days + 6) % 7,
  };
}

const pad = (value: number, length: number) => String(value).padStart(length, '0');

function written({ unit, text }: Token, moment: Moment, format: DateSection): string {
  const { language, is12Hour, hasDay } = format;
  const length = text.length;
  switch (unit) {
    case null:
      return text;
    case 'y':
    case 'b': {
      const year = moment.year + (unit === 'b' || language.isBuddhist ? 543 : 0);
      return length < 3 ? pad(year % 100, 2) : pad(year, 4);
    }
    case 'e':
      return language.hasEras ? `${eraOf(moment).year}` : `${moment.year}`;
    case 'g':
      return language.hasEras ? eraOf(moment).name(length) : '';
    case 'm':
      return length < 3
        ? pad(moment.month, length)
        : monthName(moment.month, length, hasDay, language);
    case 'd':
      return length < 3 ? pad(moment.day, length) : weekdayName(moment.weekday, length, language);
    case 'h':
      return pad(is12Hour ? (moment.hours + 11) % 12 + 1 : moment.hours, Math.min(length, 2));
    case 'minute':
      return pad(moment.minutes, Math.min(length, 2));
    case 's':
      return pad(moment.seconds, Math.min(length, 2));
    case 'fraction':
      return `.${pad(moment.milliseconds, 3).padEnd(length - 1, '0').slice(0, length - 1)}`;
    case 'half':
      return halfOfDay(text, moment.hours < 12);
    case 'elapsed':
      return elapsed(text, moment.totalSeconds);
  }
}

function halfOfDay(text: string, isMorning: boolean): string {
  const [morning = '', afternoon = ''] = text.split('/');
  return isMorning ? morning : afternoon;
}

function elapsed(text: string, seconds: number): string {
  const size = { h: 3600, m: 60, s: 1 }[text[1]!.toLowerCase()] ?? 1;
  return pad(Math.floor(seconds / size), text.length - 2);
}
