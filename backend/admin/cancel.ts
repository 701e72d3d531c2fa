/**
 * `cancel`: cancels the queued and running jobs of a session, or one job.
 *
 * @module
 */
import { plural } from '#contract/messages/numbers.ts';
import type { Command } from './command.ts';
import { findSelection } from './find.ts';

export const cancel: Command = {
  name: 'cancel',
  about: 'Cancel what waits or runs of a session, or one job',
  operands: ['job or session'],
  asks: ({ operands: [id] }) => `This cancels what waits or runs of ${id}`,
  async run({ db, control }, { operands: [id = ''] }) {
    const cancelled = await control.cancel(await findSelection(db.orm, id));
    const text = cancelled ? `${plural(cancelled, 'file')} cancelled` : 'It has ended already';
    return { data: { cancelled }, text };
  },
};
