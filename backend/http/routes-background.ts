/**
 * Background work, which an app starts at sign-in, and the users' preferences for it.
 *
 * @module
 */
import {
  BackgroundAccepted,
  type ChosenPreferences,
  Preferences,
  PreferencesChange,
} from '#contract/background.ts';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { type Context, Hono } from 'hono';
import { mayChangeKnowledge } from '../access/permissions.ts';
import { startBackground, stopBackground } from '../queue/background.ts';
import { changePreferences, readPreferences } from '../queue/preferences.ts';
import { readAddress } from '../telling/mail-recipient.ts';
import { check, operation } from './describe.ts';
import { askerOf, type Env, type Services } from './services.ts';

/** `POST /background/start`. */
export function backgroundRoutes(services: Services): Hono<Env> {
  const { db, queue } = services;
  return new Hono<Env>().post(
    '/start',
    operation({
      tag: 'Background',
      summary: 'Process everything unprocessed of the asker in the background',
      description:
        'For an app to call when somebody signs in; again, or from two devices at once, starts ' +
        'nothing twice. One session of low priority for each knowledge base, newest files first. ' +
        'Files that failed or were cancelled are left alone.',
      answers: { 202: { schema: BackgroundAccepted, as: 'What was started or is running' } },
    }),
    async (c) => {
      const actor = c.get('actor');
      const mayWrite = mayChangeKnowledge(actor);
      const request = { ...askerOf(services, actor), mayWrite };
      return c.json(await startBackground(db, queue, request), 202);
    },
  );
}

/** `GET` and `PATCH /preferences`. */
export function preferenceRoutes(services: Services): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/',
      operation({
        tag: 'Background',
        summary: 'Preferences of the asker',
        answers: { 200: { schema: Preferences, as: 'The preferences' } },
      }),
      async (c) => {
        const chosen = await readPreferences(services.db.orm, c.get('actor').id);
        return c.json(await withMail(c, services, chosen));
      },
    )
    .patch(
      '/',
      operation({
        tag: 'Background',
        summary: 'Change preferences of the asker',
        description: 'What is left out stays. Background work that has not begun is taken back ' +
          'when `background` becomes false.',
        answers: { 200: { schema: Preferences, as: 'The preferences afterwards' } },
        problems: ['invalid'],
      }),
      check('json', PreferencesChange),
      (c) => change(c, services, c.req.valid('json')),
    );
}

async function change(
  c: Context<Env>,
  services: Services,
  wanted: PreferencesChange,
): Promise<Response> {
  const { db, queue, control } = services;
  const userId = c.get('actor').id;
  if (wanted.mail) await requireMail(services, userId);
  const now = await db.orm.transaction((tx) => changePreferences(tx, userId, wanted));
  if (!now.background) await stopBackground(db, queue, control, userId);
  return c.json(await withMail(c, services, now));
}

async function withMail(
  c: Context<Env>,
  { db, telling }: Services,
  chosen: ChosenPreferences,
): Promise<Preferences> {
  const address = telling.mails ? await readAddress(db.orm, c.get('actor').id) : null;
  return { ...chosen, mail_available: telling.mails, mail_address: address };
}

/** Rejects a switch that would have no effect: no mail server, or no address. */
async function requireMail({ db, telling }: Services, userId: string): Promise<void> {
  if (!telling.mails) throw new AppError('invalid', message('no_mails'));
  if (await readAddress(db.orm, userId) === null) {
    throw new AppError('invalid', message('no_mail_address'));
  }
}
