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
  /** Absolute; database, uploads and models live below it. */
  readonly dataDir: string;
  /** An existing PostgreSQL; null starts the embedded one. */
  readonly databaseUrl: string | null;
  /** How the app's tokens are checked; null serves one local user. */
  readonly tokens: TokenOptions | null;
  /** Origins of other sites whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  /** What one person may use. */
  readonly limits: Limits;
  /** What reading one file may take. */
  readonly reading: ReadingLimits;
  readonly maxUploadBytes: number;
  /** What came of an upload is kept for so long after its last byte. */
  readonly uploadExpiryHours: number;
  /** A request of an upload from which no byte came for so long is ended. */
  readonly uploadIdleSeconds: number;
  readonly storage: StorageSettings;
  readonly staleSeconds: number;
  /** How long a finished session stays in `knowledge.meta`. */
  readonly retentionSeconds: number;
  /** Waiting for this long raises a job by one class of priority. */
  readonly ageSeconds: number;
  /** Background jobs of one user that are let into the queue within a minute, at most. */
  readonly backgroundJobsPerMinute: number;
  /** Finished sessions are forgotten after this long. */
  readonly historyDays: number;
  /** Under load, pollers are slowed down by this factor at most; 1 never slows them. */
  readonly pollSlowdown: number;
  /** Null chooses by where the log goes: text in a terminal, else JSON lines. */
  readonly logFormat: 'json' | 'text' | null;
  readonly logLevel: Level;
  /** A slow service that analyses files; null where none is set up. */
  readonly analysis: AnalysisOptions | null;
  /** A mail server; null where none is set up. */
  readonly mail: MailOptions | null;
  /** Where webhooks may go: to the public internet, or to private networks as well. */
  readonly webhookTargets: 'public' | 'any';
  /** A service that transcribes recordings; null where none is set up. */
  readonly transcription: TranscriptionOptions | null;
  /** Absolute; a module that exports the app's own `jobs`. */
  readonly jobsModule: string | null;
}

type Settings = v.InferOutput<typeof Settings>;

/** Reads the settings. Throws one error that names every bad one, and no value of a secret. */
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

/** What is well-formed each and makes no sense together. */
function conflictsOf(settings: Settings): string[] {
  return [
    ...conflictsOfTokens(settings),
    ...conflictsOfStorage(settings),
    ...conflictsOfAnalysis(settings),
    ...conflictsOfMail(settings),
    ...conflictsOfTranscription(settings),
  ];
}
