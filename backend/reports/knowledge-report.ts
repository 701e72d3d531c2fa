/**
 * A report over a knowledge base: what is in it, its size, its longest recordings, its most
 * frequent terms, and what failed. As an app would write a job of its own.
 *
 * @module
 */
import * as v from 'valibot';
import { defineJob, JobError, type JobKind } from '../queue/job-kind.ts';
import { bytes, duration, number, page, plain, table } from './markdown.ts';
import { mediaName } from './media-names.ts';
import { type Failure, failures, type FileFacts, nameOf, readyFiles } from './reading.ts';
import { mostFrequent, type Term } from './terms.ts';
import { countWords, type WordCount } from './word-count.ts';

const Input = v.strictObject({
  terms: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)),
    25,
  ),
  longest: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
    10,
  ),
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
    if (!knowledgeId || name === null) throw new JobError('The knowledge base is gone');
    const files = await readyFiles(db, knowledgeId);
    await job.step('count');
    const counted = await countWords(job, files);
    await job.step('write');
    const failed = await failures(db, knowledgeId);
    const terms = mostFrequent(counted.terms, input.terms);
    const longest = recordings(files).slice(0, input.longest);
    const facts = { name, files, counted, terms, longest, failed };
    return { markdown: reportOf(facts), ...summaryOf(facts) };
  },
});

interface Facts {
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
  return page(
    `# ${plain(name)}`,
    overview(facts),
    files.length > 0 ? page('## What is in it', kinds(files)) : 'There are no files in it yet.',
    longest.length > 0 ? page('## Longest recordings', recordingTable(longest)) : null,
    terms.length > 0 ? page('## Most frequent terms', termTable(facts)) : null,
    failed.length > 0 ? page('## What could not be read', failureTable(failed)) : null,
  ).replace(/\n{3,}/g, '\n\n');
}

function overview(facts: Facts): string {
  const { files, bytes: size, seconds, words } = summaryOf(facts);
  const parts = [
    `**${number(files)}** ${files === 1 ? 'file' : 'files'}, **${bytes(size)}**`,
    `**${number(words)}** words`,
    ...(seconds > 0 ? [`**${duration(seconds)}** of recordings`] : []),
    ...(facts.failed.length > 0 ? [`**${facts.failed.length}** could not be read`] : []),
  ];
  return parts.join(' · ');
}

function kinds(files: readonly FileFacts[]): string {
  const rows = [...Map.groupBy(files, (file) => mediaName(file.media_type))]
    .map(([type, group]) => ({ type, group, size: sum(group.map((file) => file.bytes)) }))
    .sort((a, b) => b.group.length - a.group.length || (a.type < b.type ? -1 : 1))
    .map(({ type, group, size }) => [plain(type), number(group.length), bytes(size)]);
  return table(['Type', 'Files:', 'Size:'], rows);
}

const recordingTable = (files: readonly FileFacts[]) =>
  table(
    ['Recording', 'Length:'],
    files.map((file) => [plain(file.name), duration(file.seconds ?? 0)]),
  );

function termTable({ terms, counted }: Facts): string {
  const rows = terms.map(({ term, count }) => [plain(term), number(count)]);
  const note = counted.trimmed ? 'Very rare terms were left out of the count on the way.' : null;
  return page(table(['Term', 'Times:'], rows), note);
}

const failureTable = (failed: readonly Failure[]) =>
  table(['File', 'Reason'], failed.map(({ name, reason }) => [plain(name), plain(reason)]));
