/**
 * `retry` and `replay`: run failed jobs again.
 *
 * @module
 */
import { plural } from '#contract/messages/numbers.ts';
import { FAILURES } from '#contract/problem.ts';
import { replayFailed } from '../queue/job-list.ts';
import { choiceOf, type Command } from './command.ts';
import { findSelection } from './find.ts';

export const retry: Command = {
  name: 'retry',
  about: 'Run the failed or cancelled files of a session, or one job, again',
  operands: ['job or session'],
  async run({ db, control }, { operands: [id = ''] }) {
    const retried = await control.retry(await findSelection(db.orm, id));
    const text = `${plural(retried, 'file')} put into the queue again`;
    return { data: { retried }, text: retried ? text : 'Nothing of it failed or was cancelled' };
  },
};

export const replay: Command = {
  name: 'replay',
  about: 'Run everything that failed again, or what failed for one reason',
  options: {
    code: { type: 'string', value: 'code', about: `Only this failure: ${FAILURES.join(', ')}` },
  },
  async run({ db, control }, given) {
    const code = choiceOf(given, 'code', FAILURES);
    const { files, sessions } = await replayFailed(db.orm, control, code ?? 'any');
    const text = `${plural(files, 'file')} of ${
      plural(sessions, 'session')
    } put into the queue again`;
    return { data: { files, sessions }, text };
  },
};
