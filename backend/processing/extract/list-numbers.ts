/**
 * Numbers of lists in the forms that Word and OpenDocument name.
 *
 * @module
 */
import { roman } from './list-mark.ts';

/** Most characters of a number in letters: Word repeats the letter after z. */
const MAX_LETTERS = 30;

/** @param format `ST_NumberFormat` of Word, or `1`, `a`, `A`, `i`, `I` of OpenDocument */
export function formatNumber(number: number, format: string): string {
  switch (format) {
    case 'none':
    case '':
      return '';
    case 'lowerLetter':
    case 'a':
      return letters(number, 'abcdefghijklmnopqrstuvwxyz');
    case 'upperLetter':
    case 'A':
      return letters(number, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    case 'lowerRoman':
    case 'i':
      return roman(number);
    case 'upperRoman':
    case 'I':
      return roman(number).toUpperCase();
    case 'decimalZero':
      return `${number}`.padStart(2, '0');
    case 'ordinal':
      return number + ordinalEnd(number);
    case 'russianLower':
      return letters(number, 'абвгдежзиклмнопрстуфхцчшщэюя');
    case 'russianUpper':
      return letters(number, 'АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ');
    case 'decimalEnclosedCircle':
      return number >= 1 && number <= 20 ? String.fromCodePoint(0x245f + number) : `${number}`;
    case 'decimalFullWidth':
      return `${number}`.replace(/\d/g, (d) => String.fromCodePoint(0xff10 + Number(d)));
    case 'chineseCounting':
    case 'chineseCountingThousand':
    case 'ideographDigital':
    case 'japaneseCounting':
    case 'koreanCounting':
      return number >= 0 && number < 100 ? ideographs(number) : `${number}`;
  }
  return `${number}`;
}

function letters(number: number, alphabet: string): string {
  if (number < 1) return `${number}`;
  const times = Math.floor((number - 1) / alphabet.length) + 1;
  return alphabet[(number - 1) % alphabet.length]!.repeat(Math.min(times, MAX_LETTERS));
}

function ordinalEnd(number: number): string {
  if (number % 100 >= 11 && number % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][number % 10] ?? 'th';
}

function ideographs(number: number): string {
  const digits = '〇一二三四五六七八九';
  if (number < 10) return digits[number]!;
  const tens = Math.floor(number / 10);
  return `${tens > 1 ? digits[tens] : ''}十${number % 10 ? digits[number % 10] : ''}`;
}
