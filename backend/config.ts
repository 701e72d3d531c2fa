/**
 * Settings from the environment: one schema, with defaults that suit a laptop.
 *
 * @module
 */
import { resolve } from 'node:path';
import * as v from 'valibot';
import { isLoopback } from './access/local-user.ts';
import type { Limits } from './access/limits.ts';
import type { TokenOptions } from './access/tokens.ts';
import type { AnalysisOptions } from './analysis/analysis.ts';
import { type Level, LEVELS } from './log/log.ts';
import type { ReadingLimits } from './processing/limits.ts';
import { analysisOf, AnalysisVariables, conflictsOfAnalysis } from './settings/analysis.ts';
import { limitsOf, LimitVariables, readingOf } from './settings/limits.ts';
import { conflictsOfStorage, storageOf, StorageVariables } from './settings/storage.ts';
import { conflictsOfMail, mailOf, TellingVariables } from './settings/telling.ts';
import { conflictsOfTokens, tokensOf, TokenVariables } from './settings/tokens.ts';
import {
  conflictsOfTranscription,
  transcriptionOf,
  TranscriptionVariables,
} from './settings/transcription.ts';
import { list, MB, positive } from './settings/values.ts';
import type { MailOptions } from './telling/mailer.ts';
import type { TranscriptionOptions } from './transcription/transcription.ts';
import type { StorageSettings } from './uploads/open-storage.ts';

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
  ...TokenVariables.entries,
  ALLOWED_ORIGINS: v.optional(
    v.pipe(
      list,
      v.check(
        (origins) => origins.every((origin) => URL.parse(origin)?.origin === origin),
        'must be origins like https://app.example, with commas between them',
      ),
    ),
    '',
  ),
  ...LimitVariables.entries,
  LOG_LEVEL: v.optional(v.picklist(LEVELS, `must be one of ${LEVELS.join(', ')}`), 'info'),
  LOG_FORMAT: v.optional(v.picklist(['json', 'text'], 'must be json or text')),
  UPLOAD_EXPIRY_HOURS: positive(72),
  UPLOAD_IDLE_SECONDS: positive(30),
  STALE_SECONDS: positive(300),
  PROGRESS_RETENTION_SECONDS: positive(3600),
  QUEUE_AGE_SECONDS: positive(900),
  BACKGROUND_JOBS_PER_MINUTE: positive(120),
  HISTORY_RETENTION_DAYS: positive(90),
  POLL_SLOWDOWN: positive(4),
  JOBS_MODULE: v.optional(v.pipe(v.string(), v.minLength(1, 'must name a file'))),
  ...StorageVariables.entries,
  ...AnalysisVariables.entries,
  ...TranscriptionVariables.entries,
  ...TellingVariables.entries,
});

export interface Config {
  /** Address to listen on. */
  readonly host: string;
  readonly port: number;
  /** Absolute path; contains database, uploads and models. */
  readonly dataDir: string;
  /** An existing PostgreSQL; null starts the embedded one. */
  readonly databaseUrl: string | null;
  /** Verification of the app's tokens; null serves one local user. */
  readonly tokens: TokenOptions | null;
  /** Origins of other sites whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  /** Limits per user. */
  readonly limits: Limits;
  /** Limits of reading one file. */
  readonly reading: ReadingLimits;
  readonly maxUploadBytes: number;
  /** Retention of an upload after its last byte, hours. */
  readonly uploadExpiryHours: number;
  /** Time without a byte that ends the request of an upload, seconds. */
  readonly uploadIdleSeconds: number;
  readonly storage: StorageSettings;
  readonly staleSeconds: number;
  /** Retention of a finished session in `knowledge.meta`, seconds. */
  readonly retentionSeconds: number;
  /** Queueing time that raises a job by one class of priority, seconds. */
  readonly ageSeconds: number;
  /** Maximum number of background jobs of one user enqueued within a minute. */
  readonly backgroundJobsPerMinute: number;
  /** Retention of finished sessions, days. */
  readonly historyDays: number;
  /** Maximum slowdown of pollers under load, as a factor; 1 never slows them. */
  readonly pollSlowdown: number;
  /** Null chooses by the log's destination: text in a terminal, else JSON lines. */
  readonly logFormat: 'json' | 'text' | null;
  readonly logLevel: Level;
  /** A slow service that analyses files; null where none is set up. */
  readonly analysis: AnalysisOptions | null;
  /** A mail server; null where none is set up. */
  readonly mail: MailOptions | null;
  /** Allowed targets of webhooks: the public internet, or private networks as well. */
  readonly webhookTargets: 'public' | 'any';
  /** A service that transcribes recordings; null where none is set up. */
  readonly transcription: TranscriptionOptions | null;
  /** Absolute path of a module that exports the app's own `jobs`. */
  readonly jobsModule: string | null;
}

type Settings = v.InferOutput<typeof Settings>;

/** Parses the settings. Throws one error that names every invalid one, and no value of a secret. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const result = v.safeParse(Settings, given);
  const problems = result.success
    ? conflictsOf(result.output)
    : result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
  if (!result.success || problems.length > 0) {
    const lines = problems.map((problem) => `  ${problem}`);
    throw new Error(`These settings cannot be used:\n${lines.join('\n')}`);
  }
  const settings = result.output;
  const tokens = tokensOf(settings);
  if (!tokens && !isLoopback(settings.HOST)) {
    throw new Error(
      `Without AUTH_SECRET or AUTH_JWKS_URL everyone is the local user, so Headway listens on ` +
        `this machine only. Set one of them, or leave HOST at 127.0.0.1 (it is: ${settings.HOST})`,
    );
  }
  return {
    host: settings.HOST,
    port: settings.PORT,
    dataDir: resolve(settings.DATA_DIR),
    databaseUrl: settings.DATABASE_URL ?? null,
    tokens,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    limits: limitsOf(settings),
    reading: readingOf(settings),
    maxUploadBytes: settings.MAX_UPLOAD_MB * MB,
    uploadExpiryHours: settings.UPLOAD_EXPIRY_HOURS,
    uploadIdleSeconds: settings.UPLOAD_IDLE_SECONDS,
    storage: storageOf(settings),
    staleSeconds: settings.STALE_SECONDS,
    retentionSeconds: settings.PROGRESS_RETENTION_SECONDS,
    ageSeconds: settings.QUEUE_AGE_SECONDS,
    backgroundJobsPerMinute: settings.BACKGROUND_JOBS_PER_MINUTE,
    historyDays: settings.HISTORY_RETENTION_DAYS,
    pollSlowdown: settings.POLL_SLOWDOWN,
    logFormat: settings.LOG_FORMAT ?? null,
    logLevel: settings.LOG_LEVEL,
    analysis: analysisOf(settings),
    mail: mailOf(settings),
    webhookTargets: settings.WEBHOOK_TARGETS,
    transcription: transcriptionOf(settings),
    jobsModule: settings.JOBS_MODULE ? resolve(settings.JOBS_MODULE) : null,
  };
}

/** Combinations of valid settings that are invalid together. */
function conflictsOf(settings: Settings): string[] {
  return [
    ...conflictsOfTokens(settings),
    ...conflictsOfStorage(settings),
    ...conflictsOfAnalysis(settings),
    ...conflictsOfMail(settings),
    ...conflictsOfTranscription(settings),
  ];
}
