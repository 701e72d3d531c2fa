/**
 * `jobs`: a list of jobs, the newest first.
 *
 * @module
 */
import { FILE_STATUSES } from '#contract/statuses.ts';
import { listJobs } from '../queue/job-list.ts';
import {
  type Arguments,
  choiceOf,
  type Command,
  numberOf,
  type Report,
  textOf,
} from './command.ts';
import { layTable } from './layout.ts';
import type { Place } from './place.ts';

export const jobs: Command = {
  name: 'jobs',
  about: 'List jobs, the newest first',
  options: {
    state: { type: 'string', value: 'state', about: `One of ${FILE_STATUSES.join(', ')}` },
    name: { type: 'string', value: 'text', about: 'Only files with this in their name' },
    limit: { type: 'string', value: 'number', about: 'At most so many (50)' },
    after: { type: 'string', value: 'job', about: 'Those that follow this job in the list' },
  },
  run: list,
};

async function list({ db }: Place, given: Arguments): Promise<Report> {
  const page = await listJobs(db.orm, {
    state: choiceOf(given, 'state', FILE_STATUSES),
    text: textOf(given, 'name'),
    after: textOf(given, 'after'),
    limit: numberOf(given, 'limit', 50),
  });
  const table = layTable(
    ['JOB', 'STATE', 'PRIORITY', '%', 'TRY', 'FILE', 'REASON'],
    page.items.map((job) => [
      job.job_id,
      job.held ? `${job.status} (held)` : job.status,
      job.priority,
      Math.round(job.progress),
      job.attempt,
      job.name,
      job.error_code && `${job.error_code}: ${job.error}`,
    ]),
  );
  const more = page.next_cursor ? `\n\nMore: --after ${page.next_cursor}` : '';
  return { data: page, text: page.items.length > 0 ? `${table}${more}` : 'No such jobs' };
}
