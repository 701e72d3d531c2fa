/**
 * Settings from the environment: one schema, with defaults that suit a laptop.
 *
 * @module
 */
import { resolve } from 'node:path';
import * as v from 'valibot';
import { ANALYZER_ID } from '#contract/analysis.ts';
import { isLoopback } from './access/local-user.ts';
import type { Limits } from './access/limits.ts';
import type { AnalysisOptions } from './analysis/analysis.ts';
import type { TokenOptions } from './access/tokens.ts';
import { type Level, LEVELS } from './log/log.ts';
import type { ReadingLimits } from './processing/limits.ts';
import type { MailOptions } from './telling/mailer.ts';
import type { TranscriptionOptions } from './transcription/transcription.ts';
import type { StorageSettings } from './uploads/open-storage.ts';

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

/** A number of 1 or more that has no default of its own here. */
const optional = v.optional(
  v.pipe(
    v.string(),
    v.transform(Number),
    v.finite('must be a number'),
    v.minValue(1, 'must be 1 or more'),
  ),
);
const words = v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)));
const Storage = v.object({
  STORAGE: v.optional(v.picklist(['disk', 's3'], 'must be disk or s3'), 'disk'),
  S3_ENDPOINT: v.optional(v.pipe(v.string(), v.regex(/^https?:\/\//, 'must begin with http'))),
  S3_BUCKET: v.optional(v.string()),
  S3_REGION: v.optional(v.string(), 'us-east-1'),
  S3_ACCESS_KEY_ID: v.optional(v.string()),
  S3_SECRET_ACCESS_KEY: v.optional(v.string()),
  S3_PREFIX: v.optional(v.string(), ''),
  S3_FORCE_PATH_STYLE: v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'false'),
});

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
  AUTH_JWKS_URL: v.optional(
    v.pipe(v.string(), v.check(isHttpUrl, 'must begin with https:// or http://')),
  ),
  AUTH_ISSUER: words,
  AUTH_AUDIENCE: words,
  AUTH_USER_CLAIM: words,
  AUTH_ROLE_CLAIM: words,
  AUTH_COOKIE: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'must be the name of a cookie'))),
  ALLOWED_ORIGINS: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(/[\s,]+/).filter(Boolean)),
      v.check(
        (origins) => origins.every((origin) => URL.parse(origin)?.origin === origin),
        'must be origins like https://app.example, with commas between them',
      ),
    ),
    '',
  ),
  MAX_UPLOAD_MB: positive(4096),
  MAX_USER_MB: optional,
  MAX_CONCURRENT_UPLOADS: optional,
  MAX_SESSION_FILES: positive(10_000),
  REQUESTS_PER_MINUTE: optional,
  POLLS_PER_MINUTE: optional,
  COUNT_REQUESTS_IN: v.optional(
    v.picklist(['memory', 'postgres'], 'must be memory or postgres'),
    'memory',
  ),
  MAX_FILE_MEMORY_MB: positive(2048),
  MAX_FILE_MINUTES: positive(720),
  MAX_FILE_SILENCE_SECONDS: positive(300),
  MAX_FILE_PAGES: positive(50_000),
  MAX_FILE_UNPACKED_MB: positive(1024),
  MAX_FILE_TEXT_MB: positive(128),
  MAX_RECORDING_HOURS: positive(24),
  LOG_LEVEL: v.optional(v.picklist(LEVELS, `must be one of ${LEVELS.join(', ')}`), 'info'),
  LOG_FORMAT: v.optional(v.picklist(['json', 'text'], 'must be json or text')),
  UPLOAD_EXPIRY_HOURS: positive(72),
  ...Storage.entries,
  STALE_SECONDS: positive(300),
  PROGRESS_RETENTION_SECONDS: positive(3600),
  QUEUE_AGE_SECONDS: positive(900),
  BACKGROUND_JOBS_PER_MINUTE: positive(120),
  HISTORY_RETENTION_DAYS: positive(90),
  POLL_SLOWDOWN: positive(4),
  JOBS_MODULE: v.optional(v.pipe(v.string(), v.minLength(1, 'must name a file'))),
  ANALYSIS_ENDPOINT: v.optional(
    v.pipe(v.string(), v.check(isHttpUrl, 'must begin with https:// or http://')),
  ),
  ANALYSIS_KEY: words,
  ANALYSIS_TOKEN: words,
  ANALYSIS_API_VERSION: v.optional(
    v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'must be a version, like 2025-11-01')),
    '2025-11-01',
  ),
  ANALYSIS_ANALYZER: v.optional(
    v.pipe(v.string(), v.regex(ANALYZER_ID, 'must be the id of an analyzer')),
    'prebuilt-documentSearch',
  ),
  ANALYSIS_MEDIA_TYPES: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.toLowerCase().split(/[\s,]+/).filter(Boolean)),
      v.check(
        (types) => types.every((type) => /^[\w.+-]+\/([\w.+-]+|\*)$/.test(type)),
        'must be media types like application/pdf or image/*, with commas between them',
      ),
    ),
    '',
  ),
  ANALYSIS_RESULT_SECONDS: positive(3600),
  ANALYSIS_BUDGET_SECONDS: positive(3600),
  ANALYSIS_LOOK_UP: v.optional(
    v.picklist(['admins', 'everyone'], 'must be admins or everyone'),
    'admins',
  ),
  SMTP_URL: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (text) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? ''),
        'must begin with smtp:// or smtps://',
      ),
    ),
  ),
  MAIL_FROM: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^([^<>@"\r\n]+ <[^\s<>@",;]+@[\w.-]+>|[^\s<>@",;]+@[\w.-]+)$/,
        'must be an address, like Headway <headway@app.example>',
      ),
    ),
  ),
  PUBLIC_URL: v.optional(
    v.pipe(v.string(), v.check(isHttpUrl, 'must begin with https:// or http://')),
  ),
  WEBHOOK_TARGETS: v.optional(v.picklist(['public', 'any'], 'must be public or any'), 'public'),
  TRANSCRIPTION_ENDPOINT: v.optional(
    v.pipe(v.string(), v.check(isHttpUrl, 'must begin with https:// or http://')),
  ),
  TRANSCRIPTION_KEY: words,
  TRANSCRIPTION_MODEL: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)), 'whisper-1'),
  TRANSCRIPTION_PARALLEL: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([1-9]|[1-5]\d|6[0-4])$/, 'must be a whole number from 1 to 64'),
      v.transform(Number),
    ),
    '4',
  ),
  TRANSCRIPTION_ATTEMPT_SECONDS: positive(120),
  TRANSCRIPTION_BUDGET_SECONDS: positive(86_400),
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

const MB = 1024 * 1024;

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

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

const TOKEN_SETTINGS = [
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_USER_CLAIM',
  'AUTH_ROLE_CLAIM',
  'AUTH_COOKIE',
] as const;

/** What is well-formed each and makes no sense together. */
function conflictsOf(settings: Settings): string[] {
  return [
    ...conflictsOfTokens(settings),
    ...conflictsOfAnalysis(settings),
    ...conflictsOfMail(settings),
    ...(settings.TRANSCRIPTION_KEY && !settings.TRANSCRIPTION_ENDPOINT
      ? ['TRANSCRIPTION_KEY needs TRANSCRIPTION_ENDPOINT']
      : []),
  ];
}

function conflictsOfAnalysis(settings: Settings): string[] {
  const { ANALYSIS_ENDPOINT, ANALYSIS_KEY, ANALYSIS_TOKEN } = settings;
  if (ANALYSIS_KEY && ANALYSIS_TOKEN) return ['ANALYSIS_KEY and ANALYSIS_TOKEN exclude each other'];
  const needless = (['ANALYSIS_KEY', 'ANALYSIS_TOKEN'] as const).filter((name) => settings[name]);
  return ANALYSIS_ENDPOINT ? [] : needless.map((name) => `${name} needs ANALYSIS_ENDPOINT`);
}

function conflictsOfMail({ SMTP_URL, MAIL_FROM }: Settings): string[] {
  if (SMTP_URL && !MAIL_FROM) return ['SMTP_URL needs MAIL_FROM'];
  return MAIL_FROM && !SMTP_URL ? ['MAIL_FROM needs SMTP_URL'] : [];
}

function conflictsOfTokens(settings: Settings): string[] {
  const { AUTH_SECRET, AUTH_JWKS_URL } = settings;
  if (AUTH_SECRET && AUTH_JWKS_URL) return ['AUTH_SECRET and AUTH_JWKS_URL exclude each other'];
  if (AUTH_SECRET || AUTH_JWKS_URL) return [];
  return TOKEN_SETTINGS.filter((name) => settings[name])
    .map((name) => `${name} needs AUTH_SECRET or AUTH_JWKS_URL`);
}

function tokensOf(settings: Settings): TokenOptions | null {
  if (!settings.AUTH_SECRET && !settings.AUTH_JWKS_URL) return null;
  return {
    secret: settings.AUTH_SECRET,
    jwksUrl: settings.AUTH_JWKS_URL,
    issuer: settings.AUTH_ISSUER,
    audience: settings.AUTH_AUDIENCE,
    userClaim: settings.AUTH_USER_CLAIM,
    roleClaim: settings.AUTH_ROLE_CLAIM,
    cookie: settings.AUTH_COOKIE,
  };
}

function analysisOf(settings: Settings): AnalysisOptions | null {
  if (!settings.ANALYSIS_ENDPOINT) return null;
  return {
    endpoint: settings.ANALYSIS_ENDPOINT,
    key: settings.ANALYSIS_KEY ?? null,
    token: settings.ANALYSIS_TOKEN ?? null,
    apiVersion: settings.ANALYSIS_API_VERSION,
    analyzer: settings.ANALYSIS_ANALYZER,
    mediaTypes: settings.ANALYSIS_MEDIA_TYPES,
    resultSeconds: settings.ANALYSIS_RESULT_SECONDS,
    budgetSeconds: settings.ANALYSIS_BUDGET_SECONDS,
    lookUp: settings.ANALYSIS_LOOK_UP,
  };
}

function mailOf({ SMTP_URL, MAIL_FROM, PUBLIC_URL }: Settings): MailOptions | null {
  if (!SMTP_URL || !MAIL_FROM) return null;
  return { smtpUrl: SMTP_URL, from: MAIL_FROM, publicUrl: PUBLIC_URL ?? null };
}

function transcriptionOf(settings: Settings): TranscriptionOptions | null {
  if (!settings.TRANSCRIPTION_ENDPOINT) return null;
  return {
    endpoint: settings.TRANSCRIPTION_ENDPOINT,
    key: settings.TRANSCRIPTION_KEY ?? null,
    model: settings.TRANSCRIPTION_MODEL,
    parallel: settings.TRANSCRIPTION_PARALLEL,
    attemptSeconds: settings.TRANSCRIPTION_ATTEMPT_SECONDS,
    budgetSeconds: settings.TRANSCRIPTION_BUDGET_SECONDS,
  };
}

/** What is not set has the defaults of `createHeadway`, which differ for the one local user. */
function limitsOf(settings: Settings): Limits {
  return {
    maxUserBytes: settings.MAX_USER_MB && settings.MAX_USER_MB * MB,
    concurrentUploads: settings.MAX_CONCURRENT_UPLOADS,
    requestsPerMinute: settings.REQUESTS_PER_MINUTE,
    pollsPerMinute: settings.POLLS_PER_MINUTE,
    countIn: settings.COUNT_REQUESTS_IN,
    maxSessionFiles: settings.MAX_SESSION_FILES,
  };
}

function readingOf(settings: Settings): ReadingLimits {
  return {
    maxMemoryBytes: settings.MAX_FILE_MEMORY_MB * MB,
    maxSeconds: settings.MAX_FILE_MINUTES * 60,
    maxSilenceSeconds: settings.MAX_FILE_SILENCE_SECONDS,
    maxPages: settings.MAX_FILE_PAGES,
    maxUnpackedBytes: settings.MAX_FILE_UNPACKED_MB * MB,
    maxTextBytes: settings.MAX_FILE_TEXT_MB * MB,
    maxRecordingSeconds: settings.MAX_RECORDING_HOURS * 3600,
  };
}

/** Throws where a bucket is wanted and not named. */
function storageOf(settings: v.InferOutput<typeof Storage>): StorageSettings {
  if (settings.STORAGE === 'disk') return { kind: 'disk' };
  if (!settings.S3_BUCKET) {
    throw new Error('These settings cannot be used:\n  S3_BUCKET must be set for STORAGE=s3');
  }
  return {
    kind: 's3',
    bucket: settings.S3_BUCKET,
    region: settings.S3_REGION,
    endpoint: settings.S3_ENDPOINT,
    accessKeyId: settings.S3_ACCESS_KEY_ID,
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY,
    prefix: settings.S3_PREFIX,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE === 'true',
  };
}
