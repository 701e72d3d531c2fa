/**
 * Report on a knowledge base: its content, its size, its longest recordings, its most frequent
 * terms, and its failures. Written as an app would write a job of its own.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { FORMATTERS } from '#contract/messages/formatters.ts';
import { FAILURE_TEXTS } from '#contract/failure-texts.ts';
import type { FailureCode } from '#contract/failures.ts';
import * as v from 'valibot';
import { defineJob, JobError, type JobKind } from '../queue/job-kind.ts';
import { bytes, duration, number, page, plain, table } from './markdown.ts';
import { mediaName } from './media-names.ts';
import { type Failure, failures, type FileFacts, nameOf, readyFiles } from './reading.ts';
import { mostFrequent, type Term } from './terms.ts';
import { countWords, type WordCount } from './word-count.ts';
import { Language, REPORT_WORDS } from './words.ts';

const Input = v.strictObject({
  terms: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)),
    25,
  ),
  longest: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
    10,
  ),
  language: Language,
});

export const knowledgeReport: JobKind = defineJob({
  kind: 'knowledge-report',
  title: 'Report',
  description: 'What a knowledge base holds: its files, recordings, most frequent terms, failures',
  scope: 'knowledge',
  input: Input,
  steps: { collect: 'Looking at the files', count: 'Counting words', write: 'Writing the report' },
  async run(job) {
    const { db, input, knowledgeId } = job;
    await job.step('collect');
    const name = knowledgeId && await nameOf(db, knowledgeId);
    if (!knowledgeId || name === null) throw new JobError(message('report_knowledge_gone'));
    const files = await readyFiles(db, knowledgeId);
    await job.step('count');
    const counted = await countWords(job, files);
    await job.step('write');
    const failed = await failures(db, knowledgeId);
    const terms = mostFrequent(counted.terms, input.terms);
    const longest = recordings(files).slice(0, input.longest);
    const { language } = input;
    const facts = { language, name, files, counted, terms, longest, failed };
    return { markdown: reportOf(facts), ...summaryOf(facts) };
  },
});

interface Facts {
  readonly language: Language;
  readonly name: string;
  readonly files: readonly FileFacts[];
  readonly counted: WordCount;
  readonly terms: readonly Term[];
  readonly longest: readonly FileFacts[];
  readonly failed: readonly Failure[];
}

const recordings = (files: readonly FileFacts[]) =>
  files.filter(({ seconds }) => seconds !== null)
    .toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

function summaryOf({ files, counted, terms, failed }: Facts) {
  return {
    files: files.length,
    bytes: sum(files.map((file) => file.bytes)),
    seconds: sum(files.map((file) => file.seconds ?? 0)),
    words: counted.words,
    failures: failed.length,
    terms: terms.map(({ term, count }) => ({ term, count })),
  };
}

function reportOf(facts: Facts): string {
  const { name, files, terms, longest, failed } = facts;
  const words = REPORT_WORDS[facts.language];
  return page(
    `# ${plain(name)}`,
    overview(facts),
    files.length > 0 ? page(`## ${words.whatIsInIt}`, kinds(facts)) : words.nothing,
    longest.length > 0 ? page(`## ${words.longest}`, recordingTable(facts)) : null,
    terms.length > 0 ? page(`## ${words.frequent}`, termTable(facts)) : null,
    failed.length > 0 ? page(`## ${words.unread}`, failureTable(facts)) : null,
  ).replace(/\n{3,}/g, '\n\n');
}

function overview(facts: Facts): string {
  const { files, bytes: size, seconds, words } = summaryOf(facts);
  const { language, failed } = facts;
  const say = REPORT_WORDS[language];
  const parts = [
    `${say.files(files, `**${number(files, language)}**`)}, **${bytes(size, language)}**`,
    `**${number(words, language)}** ${say.words}`,
    ...(seconds > 0 ? [`**${duration(seconds)}** ${say.ofRecordings}`] : []),
    ...(failed.length > 0 ? [`**${failed.length}** ${say.couldNotBeRead}`] : []),
  ];
  return parts.join(' · ');
}

function kinds({ files, language }: Facts): string {
  const words = REPORT_WORDS[language];
  const rows = [...Map.groupBy(files, (file) => mediaName(file.media_type))]
    .map(([type, group]) => ({ type, group, size: sum(group.map((file) => file.bytes)) }))
    .sort((a, b) => b.group.length - a.group.length || (a.type < b.type ? -1 : 1))
    .map((
      { type, group, size },
    ) => [plain(type), number(group.length, language), bytes(size, language)]);
  return table([words.type, `${words.fileCount}:`, `${words.size}:`], rows);
}

const recordingTable = ({ longest, language }: Facts) =>
  table(
    [REPORT_WORDS[language].recording, `${REPORT_WORDS[language].length}:`],
    longest.map((file) => [plain(file.name), duration(file.seconds ?? 0)]),
  );

function termTable({ terms, counted, language }: Facts): string {
  const words = REPORT_WORDS[language];
  const rows = terms.map(({ term, count }) => [plain(term), number(count, language)]);
  return page(table([words.term, `${words.times}:`], rows), counted.trimmed ? words.trimmed : null);
}

/**
 * Prefers the recorded reason, which is the most specific; a row that only the app has gives its
 * code, or English text.
 */
function reasonOf({ details, reason, code }: Failure, language: Language): string {
  const recorded = details && FORMATTERS[language](details);
  const byCode = FAILURE_TEXTS[language][code as FailureCode];
  return recorded ?? (language === 'en' ? reason ?? byCode : byCode ?? reason) ??
    REPORT_WORDS[language].noReason;
}

const failureTable = ({ failed, language }: Facts) =>
  table(
    [REPORT_WORDS[language].file, REPORT_WORDS[language].reason],
    failed.map((failure) => [plain(failure.name), plain(reasonOf(failure, language))]),
  );
