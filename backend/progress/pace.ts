/**
 * How fast this installation reads: seconds of work a unit (page, second of audio, byte), learned
 * from its own finished work.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';

/** What was learned of one processor and unit: sums, of which older work counts less and less. */
export interface PaceRow {
  readonly processor: string;
  readonly unit: string;
  readonly seconds: number;
  readonly units: number;
  readonly samples: number;
}

export type PaceBook = readonly PaceRow[];

/** One finished run of a job, from its checkpoint to its end. */
export interface Work {
  readonly processor: string;
  /** Unit and how many of them were read in this run; null where the processor named none. */
  readonly size: { readonly unit: string; readonly units: number } | null;
  /** Bytes read in this run; null where unknown. */
  readonly bytes: number | null;
  /** From taking the file up to its being indexed. */
  readonly seconds: number;
}

/** The unit of a file's fixed cost: there is one start in every run. */
export const START = 'start';
export const BYTE = 'byte';

/** Measured on two cores of a laptop: what is believed before anything was learned. */
const FIRST: Record<string, Record<string, number>> = {
  speech: { [START]: 2, second: 1 / 14 },
  pdf: { page: 1 / 150, [BYTE]: 1 / 1_000_000 },
  // Small ones are read together.
  text: { [START]: 0.05 },
  markdown: { [START]: 0.05 },
  html: { [START]: 0.05 },
  csv: { [START]: 0.05 },
  json: { [START]: 0.05 },
  // Nothing of ours: what such a service needs for a few pages.
  analysis: { [START]: 15, [BYTE]: 1 / 100_000 },
};
const FIRST_OF_ANY: Record<string, number> = {
  [START]: 0.3,
  [BYTE]: 1 / 2_000_000,
  second: 1 / 14,
  page: 1 / 150,
  slide: 1 / 100,
  section: 1 / 200,
  chapter: 1 / 30,
  sheet: 1 / 10,
};
const FIRST_OF_UNKNOWN_UNIT = 1 / 50;
/**
 * Seconds of work that the first belief counts for beside what was learned; less with each sample,
 * or it would outweigh many small files for ever.
 */
const FIRST_SECONDS = 0.5;
/** What is left of the sums with each further sample. */
const DECAY = 0.9;

const rowOf = (book: PaceBook, processor: string, unit: string) =>
  book.find((row) => row.processor === processor && row.unit === unit);

/** Expected seconds of work for one unit. */
export function secondsPer(book: PaceBook, processor: string, unit: string): number {
  const first = FIRST[processor]?.[unit] ?? FIRST_OF_ANY[unit] ?? FIRST_OF_UNKNOWN_UNIT;
  const { seconds = 0, units = 0, samples = 0 } = rowOf(book, processor, unit) ?? {};
  const belief = FIRST_SECONDS / (1 + samples);
  return (seconds + belief) / (units + belief / first);
}

/** Whether this installation has read such units before. */
export function isLearned(book: PaceBook, processor: string, unit: string): boolean {
  return (rowOf(book, processor, unit)?.samples ?? 0) > 0;
}

type Sample = Omit<PaceRow, 'samples'>;

/**
 * What a run teaches: its seconds are split between the fixed cost and the units as the two were
 * expected, so that over files of different sizes both find their measure.
 */
export function samplesOf(book: PaceBook, work: Work): Sample[] {
  const { processor, size, bytes, seconds } = work;
  if (!(seconds > 0)) return [];
  const start = secondsPer(book, processor, START);
  const samples: Sample[] = [];
  const add = (unit: string, units: number): number => {
    const reading = units * secondsPer(book, processor, unit);
    const share = seconds * reading / (start + reading);
    samples.push({ processor, unit, seconds: share, units });
    return share;
  };
  let reading: number | null = null;
  if (bytes !== null && bytes > 0) reading = add(BYTE, bytes);
  if (size && size.units > 0 && size.unit !== BYTE) reading = add(size.unit, size.units);
  if (reading === null) return [];
  return [...samples, { processor, unit: START, seconds: seconds - reading, units: 1 }]
    .toSorted((a, b) => a.unit < b.unit ? -1 : 1);
}

/** All that was learned; a few dozen rows. */
export async function readPace(db: Executor): Promise<PaceBook> {
  const rows = await db.execute<PaceRow & Record<string, unknown>>(
    sql`select processor, unit, seconds, units, samples from headway.pace`,
  );
  return [...rows];
}

/**
 * Adds finished runs, each of them as much as if it were the only one. To be called last in its
 * transaction: rows of the pace are shared by all workers, and always locked in the same order.
 */
export async function learnPace(tx: Executor, works: readonly Work[]): Promise<void> {
  const lessons = lessonsOf(await readPace(tx), works);
  if (lessons.length === 0) return;
  const column = <K extends keyof PaceRow>(key: K) => sql.param(lessons.map((row) => row[key]));
  await tx.execute(sql`${KEPT}
    insert into headway.pace (processor, unit, seconds, units, samples)
    select * from unnest(${column('processor')}::text[], ${column('unit')}::text[],
      ${column('seconds')}::float8[], ${column('units')}::float8[], ${column('samples')}::int[])
    on conflict (processor, unit) do update set
      seconds = pace.seconds * ${DECAY}::float8 ^ excluded.samples + excluded.seconds,
      units = pace.units * ${DECAY}::float8 ^ excluded.samples + excluded.units,
      samples = pace.samples + excluded.samples, updated_at = now()`);
}

/** What runs teach, one after another: sums in which the older count less. */
export function lessonsOf(book: PaceBook, works: readonly Work[]): PaceRow[] {
  const lessons: PaceRow[] = [];
  for (const sample of works.flatMap((work) => samplesOf(book, work))) {
    const at = lessons.findIndex((row) =>
      row.processor === sample.processor && row.unit === sample.unit
    );
    const { seconds = 0, units = 0, samples = 0 } = lessons[at] ?? {};
    const lesson = {
      ...sample,
      seconds: seconds * DECAY + sample.seconds,
      units: units * DECAY + sample.units,
      samples: samples + 1,
    };
    lessons.splice(at < 0 ? lessons.length : at, 1, lesson);
  }
  const key = ({ processor, unit }: PaceRow) => `${processor} ${unit}`;
  return lessons.sort((a, b) => key(a) < key(b) ? -1 : 1);
}
