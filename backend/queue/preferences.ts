/**
 * Preferences of each user: background work, its quiet hours, notifications, mails.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { ChosenPreferences, PreferencesChange } from '#contract/background.ts';
import { AppError } from '#contract/error.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

const DEFAULTS: ChosenPreferences = {
  background: true,
  quiet_from: null,
  quiet_to: null,
  time_zone: 'UTC',
  notifications: true,
  mail: false,
  mail_minutes: 10,
  language: null,
};

/** Reads a user's preferences, or the defaults. */
export async function readPreferences(db: Executor, userId: string): Promise<ChosenPreferences> {
  const [row] = await db.execute<ChosenPreferences & Record<string, unknown>>(sql`
    select background, quiet_from, quiet_to, time_zone, notifications, mail, mail_minutes, language
    from headway.preference where user_id = ${userId}`);
  return row ?? DEFAULTS;
}

/**
 * Changes some of a user's preferences. Throws {@link AppError} `invalid` for half a pair of hours.
 */
export async function changePreferences(
  tx: Executor,
  userId: string,
  change: PreferencesChange,
): Promise<ChosenPreferences> {
  await tx.execute(sql`
    insert into headway.preference (user_id) values (${userId}) on conflict do nothing`);
  await tx.execute(sql`select 1 from headway.preference where user_id = ${userId} for update`);
  const next = { ...(await readPreferences(tx, userId)), ...withoutUndefined(change) };
  const { background, quiet_from, quiet_to, time_zone, notifications } = next;
  if ((quiet_from === null) !== (quiet_to === null)) {
    throw new AppError('invalid', message('quiet_hours_incomplete'));
  }
  if (quiet_from !== null && quiet_from === quiet_to) {
    throw new AppError('invalid', message('quiet_hours_empty'));
  }
  await tx.execute(sql`
    update headway.preference set background = ${background}, quiet_from = ${quiet_from},
      quiet_to = ${quiet_to}, time_zone = ${time_zone}, notifications = ${notifications},
      mail = ${next.mail}, mail_minutes = ${next.mail_minutes}, language = ${next.language},
      updated_at = now()
    where user_id = ${userId}`);
  return next;
}

function withoutUndefined(change: PreferencesChange): Partial<ChosenPreferences> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
