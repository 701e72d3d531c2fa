/**
 * Background work and the users' preferences for it.
 *
 * @module
 */
import * as v from 'valibot';

/**
 * A session of background work. `started`: true if this call started it, false if it was already
 * running.
 */
export const BackgroundSession = v.object({
  session_id: v.string(),
  knowledge_id: v.nullable(v.string()),
  total_files: v.number(),
  status_url: v.string(),
  started: v.boolean(),
});
export type BackgroundSession = v.InferOutput<typeof BackgroundSession>;

/** Response of `POST /background/start` (202). */
export const BackgroundAccepted = v.object({
  enabled: v.pipe(v.boolean(), v.description('False where the preference says no')),
  sessions: v.array(BackgroundSession),
  held_until: v.pipe(
    v.nullable(v.number()),
    v.description('Epoch seconds; quiet hours hold it back until then'),
  ),
});
export type BackgroundAccepted = v.InferOutput<typeof BackgroundAccepted>;

const hour = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)));

const timeZone = v.pipe(
  v.string(),
  v.maxLength(64),
  v.check(isTimeZone, 'must be a time zone such as Europe/Vienna or UTC'),
);

/** Languages of mails: those of the pages. */
export const MAIL_LANGUAGES = ['en', 'de'] as const;
export type MailLanguage = (typeof MAIL_LANGUAGES)[number];

const chosen = v.object({
  background: v.boolean(),
  quiet_from: v.pipe(hour, v.description('Hour of the day, 0–23, in `time_zone`')),
  quiet_to: v.pipe(hour, v.description('Hour of the day, 0–23, in `time_zone`')),
  time_zone: timeZone,
  notifications: v.boolean(),
  mail: v.pipe(v.boolean(), v.description('A mail when work of `mail_minutes` or more has ended')),
  mail_minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_440)),
  language: v.pipe(
    v.nullable(v.picklist(MAIL_LANGUAGES)),
    v.description('Of mails; null where nothing was chosen, which is English'),
  ),
});
/** Preferences that a user can set. */
export type ChosenPreferences = v.InferOutput<typeof chosen>;

/**
 * Response of `GET /preferences`. No low-priority work starts from `quiet_from` until `quiet_to`.
 */
export const Preferences = v.object({
  ...chosen.entries,
  mail_available: v.pipe(v.boolean(), v.description('Whether this installation sends mails')),
  mail_address: v.pipe(
    v.nullable(v.string()),
    v.description('Where mails would go; null where the app knows no address'),
  ),
});
export type Preferences = v.InferOutput<typeof Preferences>;

/** Body of `PATCH /preferences`; omitted members stay unchanged. */
export const PreferencesChange = v.partial(v.strictObject(chosen.entries));
export type PreferencesChange = v.InferOutput<typeof PreferencesChange>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
