/**
 * Settings from the environment: one schema, with defaults that suit a laptop.
 *
 * @module
 */
import { resolve } from 'node:path';
import * as v from 'valibot';

const positive = (fallback: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.transform(Number),
      v.finite('must be a number'),
      v.minValue(1, 'must be 1 or more'),
    ),
    `${fallback}`,
  );

const Settings = v.object({
  HOST: v.optional(v.string(), '127.0.0.1'),
  PORT: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+$/, 'must be a whole number'),
      v.transform(Number),
      v.maxValue(65_535, 'must be 65535 or less'),
    ),
    '8000',
  ),
  DATA_DIR: v.optional(v.pipe(v.string(), v.minLength(1, 'must name a folder')), './data'),
  DATABASE_URL: v.optional(
    v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')),
  ),
  AUTH_SECRET: v.optional(v.pipe(v.string(), v.minLength(8, 'must have 8 characters or more'))),
  MAX_UPLOAD_MB: positive(4096),
  STALE_SECONDS: positive(300),
  PROGRESS_RETENTION_SECONDS: positive(3600),
  QUEUE_AGE_SECONDS: positive(900),
  BACKGROUND_JOBS_PER_MINUTE: positive(120),
  HISTORY_RETENTION_DAYS: positive(90),
});

export interface Config {
  /** Address to listen on. */
  readonly host: string;
  readonly port: number;
  /** Absolute; database, uploads and models live below it. */
  readonly dataDir: string;
  /** An existing PostgreSQL; null starts the embedded one. */
  readonly databaseUrl: string | null;
  /** Secret of the app's HS256 tokens; null serves one local user. */
  readonly authSecret: string | null;
  readonly maxUploadBytes: number;
  readonly staleSeconds: number;
  /** How long a finished session stays in `knowledge.meta`. */
  readonly retentionSeconds: number;
  /** Waiting for this long raises a job by one class of priority. */
  readonly ageSeconds: number;
  /** Background jobs of one user that are let into the queue within a minute, at most. */
  readonly backgroundJobsPerMinute: number;
  /** Finished sessions are forgotten after this long. */
  readonly historyDays: number;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** Reads the settings. Throws one error that names every bad one. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const result = v.safeParse(Settings, given);
  if (!result.success) {
    const lines = result.issues.map((issue) => `  ${v.getDotPath(issue)} ${issue.message}`);
    throw new Error(`These settings cannot be used:\n${lines.join('\n')}`);
  }
  const settings = result.output;
  if (!settings.AUTH_SECRET && !LOOPBACK.includes(settings.HOST)) {
    throw new Error(
      `Without AUTH_SECRET everyone is the local user, so Headway listens on this machine only. ` +
        `Set AUTH_SECRET, or leave HOST at 127.0.0.1 (it is: ${settings.HOST})`,
    );
  }
  return {
    host: settings.HOST,
    port: settings.PORT,
    dataDir: resolve(settings.DATA_DIR),
    databaseUrl: settings.DATABASE_URL ?? null,
    authSecret: settings.AUTH_SECRET ?? null,
    maxUploadBytes: settings.MAX_UPLOAD_MB * 1024 * 1024,
    staleSeconds: settings.STALE_SECONDS,
    retentionSeconds: settings.PROGRESS_RETENTION_SECONDS,
    ageSeconds: settings.QUEUE_AGE_SECONDS,
    backgroundJobsPerMinute: settings.BACKGROUND_JOBS_PER_MINUTE,
    historyDays: settings.HISTORY_RETENTION_DAYS,
  };
}
