/** Numbers and dates in the formats of Excel, against the values that Excel shows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatNumberAs,
  formatTextAs,
  plainNumber,
} from '../../../../backend/processing/extract/number-format.ts';

// 45352 is Friday, 1 March 2024.
test.each<[string, number, string]>([
  ['m/d/yy', 45352, '2024-03-01'],
  ['dd.mm.yyyy', 45352, '01.03.2024'],
  ['d.m.yy', 45352, '1.3.24'],
  ['dd/mm/yyyy;@', 45352, '01/03/2024'],
  ['[$-407]d. mmmm yyyy', 45352, '1. März 2024'],
  ['[$-407]d\\.\\ mmmm\\ yyyy;@', 45352, '1. März 2024'],
  ['[$-de-DE]dddd, d. mmmm yyyy', 45352, 'Freitag, 1. März 2024'],
  ['d. mmm. yyyy', 45352, '1. Mar. 2024'],
  ['[$-409]d-mmm-yy;@', 45352, '1-Mar-24'],
  ['mmmmm', 45352, 'M'],
  ['ddd', 45352, 'Fri'],
  ['[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy', 45352, 'Friday, March 01, 2024'],
  ['[$-x-sysdate]dddd, mmmm dd, yyyy', 45352, 'Friday, March 01, 2024'],
  ['[$-40C]dddd d mmmm yyyy', 45352, 'vendredi 1 mars 2024'],
  ['[$-419]d mmmm yyyy;@', 45352, '1 марта 2024'],
  ['[$-FC19]dd mmmm yyyy \\г\\.;@', 45352, '01 марта 2024 г.'],
  ['[$-416]d" de "mmmm" de "yyyy', 45352, '1 de março de 2024'],
  ['yyyy"年"m"月"d"日";@', 45352, '2024年3月1日'],
  ['[$-411]ggge"年"m"月"d"日"', 45352, '令和6年3月1日'],
  ['[$-107041E]d/m/yyyy', 45352, '1/3/2567'],
  ['yyyy\\-mm\\-dd\\Thh:mm:ss', 45352.75, '2024-03-01T18:00:00'],
  ['m/d/yy h:mm', 45352.75, '3/1/24 18:00'],
  ['h:mm AM/PM', 0.75, '6:00 PM'],
  ['h:mm AM/PM', 0, '12:00 AM'],
  ['[$-F400]h:mm:ss AM/PM', 0.5, '12:00:00 PM'],
  ['h "Uhr"', 0.5, '12 Uhr'],
  ['mm:ss.0', 0.5 / 1440, '00:30.0'],
  ['hh:mm:ss.000', 0.123456789, '02:57:46.667'],
  ['[h]:mm:ss', 2.0625, '49:30:00'],
  ['[h]:mm', -0.5, '-12:00'],
  ['[hh]:mm', 0.125, '03:00'],
  ['[mm]:ss', 1.5, '2160:00'],
  ['[s].00', 0.0001, '8.64'],
  ['yyyy-mm-dd', 1, '1900-01-01'],
  ['yyyy-mm-dd', 59, '1900-02-28'],
  ['yyyy-mm-dd', 60, '1900-02-29'],
  ['yyyy-mm-dd', 61, '1900-03-01'],
  ['yyyy-mm-dd', -5, '-5'],
  ['General', 4006381333931, '4006381333931'],
  ['General', 123456789012345, '123456789012345'],
  ['General', 0.1 + 0.2, '0.3'],
  ['General', 0.00001, '0.00001'],
  ['General', 1.5e-7, '0.00000015'],
  ['General', 1e21, '1E+21'],
  ['General" kg"', 12, '12 kg'],
  ['@', 4006381333931, '4006381333931'],
  ['0', 4006381333931, '4006381333931'],
  ['#,##0', 1234567, '1,234,567'],
  ['# ##0', 1234567, '1234 567'],
  ['0.00', 0.005, '0.01'],
  ['#,##0.00_);(#,##0.00)', -1234.5, '(1,234.50)'],
  ['_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-', 1234.5, '1,234.50 €'],
  ['_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-', -1234.5, '-1,234.50 €'],
  ['#,##0.00\\ [$€-407]', 12.5, '12.50 €'],
  ['[$£-809]#,##0.00', 12.5, '£12.50'],
  ['0%', 0.256, '26%'],
  ['0.0 %', 0.5, '50.0 %'],
  ['0.00\\ %', 0.1234, '12.34 %'],
  ['0.00E+00', 4006381333931, '4.01E+12'],
  ['##0.0E+0', 12345, '12.3E+3'],
  ['# ?/?', 0.375, '3/8'],
  ['# ??/??', 2.375, '2 3/8'],
  ['# ?/8', 2.375, '2 3/8'],
  ['# ??/16', 0.3125, '5/16'],
  ['0.0,,"M"', 12345678, '12.3M'],
  ['00000', 42, '00042'],
  ['000-00-0000', 123456789, '123-45-6789'],
  ['[<=9999999]###\\-####;\\(###\\)\\ ###\\-####', 5551234567, '(555) 123-4567'],
  ['[>=1000]#,##0;[<0]"neg";0.00', 0.5, '0.50'],
  ['[=1]"yes";[=0]"no";General', 1, 'yes'],
  ['[=1]"yes";[=0]"no";General', 5, '5'],
  ['[Red]0.00', -3, '-3.00'],
  ['[Blue]"up" 0;[Red]"down" 0', -4, 'down 4'],
  ['0.00;-0.00;"zero"', 0, 'zero'],
  ['0.00" €/m²"', 3.1, '3.10 €/m²'],
  ['0.0‰', 3, '3.0‰'],
  ['"only text"', 4, 'only text'],
])('formatNumberAs(%j, %f) is %j', (format, value, text) => {
  expect(formatNumberAs(value, format)).toBe(text);
});

test('days are counted from 1904 where the workbook says so', () => {
  const options = { date1904: true };
  expect(formatNumberAs(0, 'yyyy-mm-dd', options)).toBe('1904-01-01');
  expect(formatNumberAs(45352 - 1462, 'dd.mm.yyyy', options)).toBe('01.03.2024');
});

test('formatTextAs() adds what the format has around a text', () => {
  expect(formatTextAs('x', 'General')).toBe('x');
  expect(formatTextAs('x', '@')).toBe('x');
  expect(formatTextAs('x', '0;-0;0;"<"@">"')).toBe('<x>');
});

describe('dates', () => {
  const separator = fc.constantFrom('.', '/', '-', '\\.', '\\-', '" "', '. ');
  const part = (...forms: string[]) => fc.constantFrom(...forms);
  const language = fc.constantFrom('', '[$-407]', '[$-409]', '[$-40C]', '[$-fr-FR]', '[$-419]');

  test('in any order, with any separators, are the day and never its number', () => {
    const format = fc.tuple(
      language,
      part('dd', 'd'),
      separator,
      part('mm', 'm'),
      separator,
      part('yyyy'),
    );
    fc.assert(fc.property(format, fc.integer({ min: 61, max: 73_000 }), (parts, serial) => {
      const [tag, day, first, month, second, year] = parts;
      const shown = (text: string) => text.replaceAll(/["\\]/g, '');
      const date = new Date(Date.UTC(1899, 11, 30) + serial * 86_400_000);
      const pad = (value: number, form: string) => String(value).padStart(form.length, '0');
      expect(formatNumberAs(serial, `${tag}${day}${first}${month}${second}${year};@`)).toBe(
        pad(date.getUTCDate(), day) + shown(first) + pad(date.getUTCMonth() + 1, month) +
          shown(second) + date.getUTCFullYear(),
      );
    }));
  });

  test('have names of months in every language that a format can name', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x401, max: 0x47f }), fc.nat({ max: 11 }), (id, month) => {
        const serial = 45292 + Math.round(month * 30.5) + 5;
        const text = formatNumberAs(serial, `[$-${id.toString(16)}]d. mmmm yyyy`);
        expect(text).toMatch(/^\d{1,2}\. \S.* 2024$/);
      }),
    );
  });

  test('durations add up to the value', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
      const [hours, minutes, rest] = formatNumberAs(seconds / 86_400, '[h]:mm:ss').split(':').map(
        Number,
      );
      expect(hours! * 3600 + minutes! * 60 + rest!).toBe(seconds);
      expect(formatNumberAs(seconds / 86_400, '[s]')).toBe(String(seconds));
    }));
  });
});

describe('numbers', () => {
  test('in General keep every digit', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), (value) => {
        expect(formatNumberAs(value, 'General')).toBe(String(value));
        expect(formatNumberAs(value, '0')).toBe(String(value));
        expect(formatNumberAs(value, '#,##0').replaceAll(',', '')).toBe(String(value));
      }),
    );
  });

  test('in General read as the same number', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(value, (value) => {
      const text = plainNumber(value);
      expect(text).toMatch(/^-?\d+(\.\d+)?(E[+-]\d+)?$/);
      const rounded = Number(value.toPrecision(15));
      expect(Number(text)).toBe(Number.isFinite(rounded) ? rounded || 0 : value);
    }));
  });

  test('with decimals are rounded to them', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat({ max: 4 }), (units, digits) => {
        const value = units / 10 ** digits;
        const format = `0${digits ? `.${'0'.repeat(digits)}` : ''}`;
        expect(formatNumberAs(value, format)).toBe(
          value.toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1'),
        );
      }),
    );
  });

  test('and formats of any characters give some text', () => {
    const format = fc.array(
      fc.constantFrom(
        '0',
        '#',
        '?',
        '.',
        ',',
        '%',
        'y',
        'm',
        'd',
        'h',
        's',
        '"x"',
        '\\-',
        '/',
        ';',
        '@',
        ' ',
        '[h]',
        '[Red]',
        '[$-407]',
        '[>1]',
        'E+',
        'General',
        'AM/PM',
        '_)',
        '* ',
        ':',
        '€',
        '[',
      ),
      { maxLength: 10 },
    ).map((parts) => parts.join(''));
    fc.assert(
      fc.property(format, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (format, value) => {
        expect(typeof formatNumberAs(value, format)).toBe('string');
      }),
    );
  });
});
