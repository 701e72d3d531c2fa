/**
 * Report on one file: its length, its structure, and its distinctive terms within its knowledge
 * base.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import * as v from 'valibot';
import { defineJob, JobError, type JobKind, type JobRun } from '../queue/job-kind.ts';
import { bytes, duration, number, page, plain, table } from './markdown.ts';
import { mediaName } from './media-names.ts';
import { type FileFacts, oneFile, partsOf, readyFiles, type TextPart } from './reading.ts';
import { countTerms, mostDistinctive, mostFrequent, type Term, type TermCounts } from './terms.ts';
import { countWords } from './word-count.ts';
import { Language, REPORT_WORDS } from './words.ts';

const Input = v.strictObject({
  file_id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  terms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 15),
  language: Language,
});

/** Average reading speed, words per minute (Brysbaert, 2019). */
const READING_WORDS_A_MINUTE = 238;
/** Minimum duration of a reported pause in a recording, seconds. */
const LONG_PAUSE = 5;
const MOST_SECTIONS = 200;
const EXCERPT = 160;

export const fileReport: JobKind = defineJob({
  kind: 'file-report',
  title: 'Report on a file',
  description: 'One file in depth: length, outline, pace of speech, and what sets it apart',
  scope: 'knowledge',
  input: Input,
  steps: { read: 'Reading the file', compare: 'Comparing with the others', write: 'Writing' },
  async run(job) {
    const { db, input, knowledgeId } = job;
    await job.step('read');
    const file = knowledgeId && await oneFile(db, knowledgeId, input.file_id);
    if (!knowledgeId || !file) throw new JobError(message('report_file_absent'));
    const read = await readWhole(job, file);
    await job.step('compare');
    const others = await countWords(job, await readyFiles(db, knowledgeId));
    await job.step('write');
    const frequent = mostFrequent(read.terms, input.terms);
    const distinctive = mostDistinctive(read.terms, others.terms, input.terms);
    const facts = { language: input.language, file, read, frequent, distinctive };
    return { markdown: reportOf(facts), ...summaryOf(facts) };
  },
});

interface Section {
  readonly title: string;
  readonly words: number;
  readonly excerpt: string;
}

interface Whole {
  readonly words: number;
  readonly terms: TermCounts;
  readonly sections: readonly Section[];
  readonly pauses: readonly { readonly at: number; readonly seconds: number }[];
}

interface Facts {
  readonly language: Language;
  readonly file: FileFacts;
  readonly read: Whole;
  readonly frequent: readonly Term[];
  readonly distinctive: readonly Term[];
}

async function readWhole(
  job: Pick<JobRun, 'db' | 'progress' | 'signal'>,
  file: FileFacts,
): Promise<Whole> {
  const terms: TermCounts = new Map();
  const sections: Section[] = [];
  const pauses: { at: number; seconds: number }[] = [];
  let words = 0;
  let end = 0;
  for await (const part of partsOf(job.db, file.id)) {
    const counted = countTerms(part.text, terms);
    words += counted;
    if (sections.length < MOST_SECTIONS) sections.push(sectionOf(part, counted));
    if (part.start !== null && part.start - end >= LONG_PAUSE) {
      pauses.push({ at: end, seconds: part.start - end });
    }
    end = part.end ?? end;
    await job.progress((part.index + 1) / Math.max(1, file.parts));
  }
  return { words, terms, sections, pauses };
}

function sectionOf(part: TextPart, words: number): Section {
  const text = part.text.replace(/\s+/g, ' ').trim();
  const excerpt = text.length > EXCERPT
    ? `${text.slice(0, EXCERPT).replace(/\s\S*$/, '')} …`
    : text;
  return { title: titleOf(part), words, excerpt };
}

function titleOf({ start, label, kind, index }: TextPart): string {
  if (start !== null) return duration(start);
  return label ?? `${kind[0]?.toUpperCase()}${kind.slice(1)} ${index + 1}`;
}

function summaryOf({ file, read, distinctive }: Facts) {
  return {
    file_id: file.id,
    words: read.words,
    seconds: file.seconds,
    words_a_minute: file.seconds ? Math.round(read.words / (file.seconds / 60)) : null,
    terms: distinctive.map(({ term, count }) => ({ term, count })),
  };
}

function reportOf(facts: Facts): string {
  const { file, read, frequent, distinctive, language } = facts;
  const words = REPORT_WORDS[language];
  const listed = (list: readonly Term[]) =>
    list.map(({ term, count }) => `${plain(term)} (${number(count, language)})`).join(', ');
  return page(
    `# ${plain(file.name)}`,
    overview(facts),
    distinctive.length > 0 ? page(`## ${words.distinctive}`, listed(distinctive)) : null,
    frequent.length > 0 ? page(`## ${words.frequent}`, listed(frequent)) : null,
    read.pauses.length > 0 ? page(`## ${words.pauses}`, pauseTable(facts)) : null,
    read.sections.length > 0 ? page(`## ${words.outline}`, outline(facts)) : null,
  ).replace(/\n{3,}/g, '\n\n');
}

function overview(facts: Facts): string {
  const { file, read, language } = facts;
  const words = REPORT_WORDS[language];
  const pace = summaryOf(facts).words_a_minute;
  const minutes = Math.max(1, Math.round(read.words / READING_WORDS_A_MINUTE));
  return [
    `${plain(mediaName(file.media_type))}, **${bytes(file.bytes, language)}**`,
    `**${number(read.words, language)}** ${words.words}, ${minutes} ${words.toRead}`,
    ...(file.seconds ? [`**${duration(file.seconds)}** ${words.long}, ${pace} ${words.pace}`] : []),
  ].join(' · ');
}

const pauseTable = ({ read, language }: Facts) =>
  table(
    [REPORT_WORDS[language].at, `${REPORT_WORDS[language].seconds}:`],
    read.pauses.slice(0, 50).map(({ at, seconds }) => [duration(at), `${Math.round(seconds)}`]),
  );

function outline({ read, language }: Facts): string {
  const { sections } = read;
  const say = REPORT_WORDS[language];
  const rows = sections.map(({ title, words, excerpt }) => [
    plain(title),
    number(words, language),
    plain(excerpt),
  ]);
  const more = sections.length === MOST_SECTIONS ? say.firstShown(MOST_SECTIONS) : null;
  return page(table([say.section, `${say.wordCount}:`, say.begins], rows), more);
}
