/**
 * Processing rates of this installation: seconds of work per unit (page, second of audio, byte),
 * learned from its own finished work.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';

/** The learned rate of one processor and unit: sums with exponential decay. */
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
  /** The unit and the number read in this run; null if the processor reported none. */
  readonly size: { readonly unit: string; readonly units: number } | null;
  /** Bytes read in this run; null if unknown. */
  readonly bytes: number | null;
  /** Seconds from the claim to the end of indexing. */
  readonly seconds: number;
}

/** The unit of a file's fixed cost: one start per run. */
export const START = 'start';
export const BYTE = 'byte';

/** Initial rates, measured on two cores of a laptop. */
const FIRST: Record<string, Record<string, number>> = {
  speech: { [START]: 2, second: 1 / 14 },
  pdf: { page: 1 / 150, [BYTE]: 1 / 1_000_000 },
  // Small files are read in batches.
  text: { [START]: 0.05 },
  markdown: { [START]: 0.05 },
  html: { [START]: 0.05 },
  csv: { [START]: 0.05 },
  json: { [START]: 0.05 },
  // An external service: its typical time for a few pages.
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
 * Seconds of work by which an initial rate is weighted against learned ones. The weight falls with
 * each sample, or it would outweigh many small files for ever.
 */
const FIRST_SECONDS = 0.5;
/** Factor of the sums for each further sample. */
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

/** Reports whether this installation has measured such units. */
export function isLearned(book: PaceBook, processor: string, unit: string): boolean {
  return (rowOf(book, processor, unit)?.samples ?? 0) > 0;
}

type Sample = Omit<PaceRow, 'samples'>;

/**
 * Splits the seconds of a run between the fixed cost and the units, in proportion to their expected
 * costs. Over files of different sizes both rates converge.
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

/** Reads all learned rates; a few dozen rows. */
export async function readPace(db: Executor): Promise<PaceBook> {
  const rows = await db.execute<PaceRow & Record<string, unknown>>(
    sql`select processor, unit, seconds, units, samples from headway.pace`,
  );
  return [...rows];
}

/**
 * Records finished runs, each with the weight of a single one. Must be the last call in its
 * transaction: all workers share these rows, and lock them in the same order.
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

/** Folds runs into the rates, one after another, with decay. */
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
