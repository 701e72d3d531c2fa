/**
 * Values of cells in the number formats of Excel (ECMA-376 part 1, 18.8.31). SheetJS's formatter
 * writes numbers, {@link "./date-format.ts"} dates and times: the library supports neither other
 * languages nor dates with dots, and gives the day count instead. A number that fits no format is
 * written with all its digits.
 *
 * @module
 */
import { SSF } from '@e965/xlsx';
import { type DateOptions, formatDate, isDateFormat } from './date-format.ts';
import { sectionsOf } from './format-sections.ts';
import { remembered } from './remembered.ts';

/** The short date of the viewer's computer, which stands for year, month and day. */
const SYSTEM_DATE = 'yyyy-mm-dd';

export function formatNumberAs(value: number, format: string, options: DateOptions = {}): string {
  if (format === 'General' || /^(general|standard|@|)$/i.test(format.trim())) {
    return plainNumber(value);
  }
  const section = sectionFor(value, format === 'm/d/yy' ? SYSTEM_DATE : format);
  if (section === null) return plainNumber(value);
  if (isDateFormat(section.text)) {
    return formatDate(value, section.text, options) ?? plainNumber(value);
  }
  return tidy(numberText(section.text, section.value));
}

/** Text in a cell whose format adds text to it. */
export function formatTextAs(value: string, format: string): string {
  const sections = sectionsOf(format);
  const section = sections.length === 4 ? sections[3]! : sections.at(-1) ?? '';
  if (!section.includes('@') || section.trim() === '@') return value;
  return tidy(
    section.replace(
      /\[[^\]]*\]|"([^"]*)"|\\(.)|[_*].|@/g,
      (token, quoted, escaped) => quoted ?? escaped ?? (token === '@' ? value : ''),
    ),
  );
}

/** All digits that the number has (15 at most), as `General` shows it in a wide column. */
export function plainNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value) && Math.abs(value) < 1e15) {
    return `${value}`;
  }
  const digits = Number(value.toPrecision(15));
  const rounded = Number.isFinite(digits) ? digits : value;
  const size = Math.abs(rounded);
  if (size !== 0 && (size >= 1e21 || size < 1e-9)) return String(rounded).replace('e', 'E');
  if (size >= 1e-6 || size === 0) return String(rounded);
  return rounded.toFixed(14 - Math.floor(Math.log10(size))).replace(/0+$/, '');
}

interface Chosen {
  readonly text: string;
  /** The value for the section: a section for negative numbers shows no minus of its own. */
  readonly value: number;
}

interface Format {
  readonly sections: readonly string[];
  readonly conditions: readonly (((value: number) => boolean) | null)[];
  readonly hasConditions: boolean;
}

const formatOf = remembered((format: string): Format => {
  const sections = sectionsOf(format);
  const last = sections.at(-1)!;
  if (sections.length > 1 && last.includes('@') && !/[0#?]/.test(last)) sections.pop();
  const conditions = sections.map(conditionOf);
  return {
    sections,
    conditions,
    hasConditions: conditions.some((condition) => condition !== null),
  };
});

/** The section of a format for a value; null if none of its conditions fits. */
function sectionFor(value: number, format: string): Chosen | null {
  const { sections, conditions, hasConditions } = formatOf(format);
  if (hasConditions) {
    const at = sections.findIndex((_, at) => conditions[at]?.(value) ?? at === sections.length - 1);
    return at < 0 ? null : { text: sections[at]!, value };
  }
  const [positive = '', negative, zero] = sections;
  if (value < 0 && negative !== undefined) return { text: negative, value: -value };
  if (value === 0 && zero !== undefined) return { text: zero, value };
  return { text: positive, value };
}

const CONDITION = /\[(<=|>=|<>|<|>|=)\s*(-?[\d.]+(?:E[+-]?\d+)?)\]/i;

function conditionOf(section: string): ((value: number) => boolean) | null {
  const found = CONDITION.exec(section);
  if (!found) return null;
  const limit = Number(found[2]);
  switch (found[1]) {
    case '<':
      return (value) => value < limit;
    case '<=':
      return (value) => value <= limit;
    case '>':
      return (value) => value > limit;
    case '>=':
      return (value) => value >= limit;
    case '<>':
      return (value) => value !== limit;
  }
  return (value) => value === limit;
}

function numberText(section: string, value: number): string {
  const format = cleaned(section);
  const marks = format.replace(/"[^"]*"|\\./g, '');
  const sign = value < 0 ? '-' : '';
  if (/general/i.test(marks)) return sign + generalText(format, Math.abs(value));
  if (!/[0#?@]/.test(marks)) return literal(format);
  const percents = marks.match(/%/g)?.length ?? 0;
  const size = percents
    ? Number((Math.abs(value) * 100 ** percents).toPrecision(15))
    : Math.abs(value);
  try {
    return sign + SSF.format(format.replace(/("[^"]*"|\\.)|%/g, (_, kept) => kept ?? '"%"'), size);
  } catch {
    return sign + plainNumber(size) + '%'.repeat(percents);
  }
}

function generalText(format: string, value: number): string {
  const [, before = '', after = ''] = /^(.*?)general(.*)$/is.exec(format) ?? [];
  return literal(before) + plainNumber(value) + literal(after);
}

/**
 * Removes colours, conditions, languages and fillers, whose characters the formatter may refuse.
 */
const cleaned = remembered((section: string): string =>
  section
    .replace(/\[(?:black|blue|cyan|green|magenta|red|white|yellow|color\s*\d+)\]/gi, '')
    .replace(new RegExp(CONDITION, 'gi'), '')
    .replace(/\[DBNum\d\]|\[\$-[^\]]*\]/gi, '')
    .replace(/\[\$([^\]-]*)(?:-[^\]]*)?\]/g, '"$1"')
    .replace(/("[^"]*"|\\.|[_*].)|([^\x20-\x7e€])/gu, (_, kept, other) => kept ?? `"${other}"`)
);

function literal(format: string): string {
  return format.replace(/"([^"]*)"|\\(.)|[_*]./g, (_, quoted, escaped) => quoted ?? escaped ?? ' ');
}

/** Removes the placeholders of absent digits, and the space of fractions and accounts. */
function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/^- /, '-').trim();
}
