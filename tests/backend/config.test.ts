import { describe, expect, test } from 'vitest';
import { readConfig } from '../../backend/config.ts';
import { READING_LIMITS } from '../../backend/processing/limits.ts';

describe('readConfig()', () => {
  test('suits a laptop without any setting; an empty one is none', () => {
    const laptop = {
      host: '127.0.0.1',
      port: 8000,
      dataDir: `${Deno.cwd()}/data`,
      databaseUrl: null,
      tokens: null,
      allowedOrigins: [],
      limits: { countIn: 'memory', maxSessionFiles: 10_000 },
      reading: READING_LIMITS,
      maxUploadBytes: 4 * 1024 ** 3,
      uploadExpiryHours: 72,
      uploadIdleSeconds: 30,
      storage: { kind: 'disk' },
      staleSeconds: 300,
      retentionSeconds: 3600,
      ageSeconds: 900,
      backgroundJobsPerMinute: 120,
      historyDays: 90,
      pollSlowdown: 4,
      logFormat: null,
      logLevel: 'info',
      analysis: null,
      mail: null,
      webhookTargets: 'public',
      transcription: null,
      jobsModule: null,
    };
    expect(readConfig({})).toEqual(laptop);
    expect(readConfig({ HOST: '', PORT: '', DATABASE_URL: '', AUTH_SECRET: '' })).toEqual(laptop);
    expect(readConfig({ UNRELATED: 'x', PATH: '/bin' })).toEqual(laptop);
  });

  test('reads each', () => {
    expect(
      readConfig({
        HOST: '0.0.0.0',
        PORT: '0',
        DATA_DIR: '/var/lib/headway/../headway',
        DATABASE_URL: 'postgresql://app@db/app',
        AUTH_SECRET: 'a secret that is long enough for HS256',
        AUTH_COOKIE: 'session',
        ALLOWED_ORIGINS: 'https://app.example, http://localhost:5173',
        MAX_UPLOAD_MB: '1',
        MAX_USER_MB: '2',
        MAX_CONCURRENT_UPLOADS: '3',
        MAX_SESSION_FILES: '4',
        REQUESTS_PER_MINUTE: '5',
        POLLS_PER_MINUTE: '6',
        COUNT_REQUESTS_IN: 'postgres',
        MAX_FILE_MEMORY_MB: '7',
        MAX_FILE_MINUTES: '8',
        MAX_FILE_SILENCE_SECONDS: '9',
        MAX_DOCUMENT_SILENCE_SECONDS: '8',
        MAX_FILE_PAGES: '10',
        MAX_FILE_UNPACKED_MB: '11',
        MAX_FILE_TEXT_MB: '12',
        MAX_RECORDING_HOURS: '13',
        OCR_LANGUAGES: 'eng+deu',
        LOG_FORMAT: 'text',
        LOG_LEVEL: 'debug',
        UPLOAD_EXPIRY_HOURS: '1',
        UPLOAD_IDLE_SECONDS: '45',
        STORAGE: 's3',
        S3_ENDPOINT: 'https://s3.example',
        S3_BUCKET: 'bytes',
        S3_REGION: 'eu-central-1',
        S3_ACCESS_KEY_ID: 'key',
        S3_SECRET_ACCESS_KEY: 'secret',
        S3_PREFIX: 'headway/',
        S3_FORCE_PATH_STYLE: 'true',
        STALE_SECONDS: '60',
        PROGRESS_RETENTION_SECONDS: '7200',
        QUEUE_AGE_SECONDS: '60',
        BACKGROUND_JOBS_PER_MINUTE: '10',
        HISTORY_RETENTION_DAYS: '7',
        POLL_SLOWDOWN: '2',
        ANALYSIS_ENDPOINT: 'https://name.services.ai.azure.com',
        ANALYSIS_KEY: 'the key',
        ANALYSIS_API_VERSION: '2026-01-01',
        ANALYSIS_ANALYZER: 'prebuilt-layout',
        ANALYSIS_MEDIA_TYPES: 'application/PDF, image/*',
        ANALYSIS_RESULT_SECONDS: '60',
        ANALYSIS_BUDGET_SECONDS: '120',
        ANALYSIS_LOOK_UP: 'everyone',
        WEBHOOK_TARGETS: 'any',
        SMTP_URL: 'smtps://name:word@mail.example',
        MAIL_FROM: 'Headway <headway@app.example>',
        PUBLIC_URL: 'https://app.example',
        TRANSCRIPTION_ENDPOINT: 'https://api.openai.com/v1',
        TRANSCRIPTION_KEY: 'its key',
        TRANSCRIPTION_MODEL: 'large-v3',
        TRANSCRIPTION_PARALLEL: '16',
        TRANSCRIPTION_ATTEMPT_SECONDS: '30',
        TRANSCRIPTION_BUDGET_SECONDS: '600',
      }),
    ).toEqual({
      host: '0.0.0.0',
      port: 0,
      dataDir: '/var/lib/headway',
      databaseUrl: 'postgresql://app@db/app',
      tokens: { secret: 'a secret that is long enough for HS256', cookie: 'session' },
      allowedOrigins: ['https://app.example', 'http://localhost:5173'],
      limits: {
        maxUserBytes: 2 * 1024 ** 2,
        concurrentUploads: 3,
        maxSessionFiles: 4,
        requestsPerMinute: 5,
        pollsPerMinute: 6,
        countIn: 'postgres',
      },
      reading: {
        maxMemoryBytes: 7 * 1024 ** 2,
        maxSeconds: 480,
        maxSilenceSeconds: 9,
        maxDocumentSilenceSeconds: 8,
        maxPages: 10,
        maxUnpackedBytes: 11 * 1024 ** 2,
        maxTextBytes: 12 * 1024 ** 2,
        maxRecordingSeconds: 13 * 3600,
        ocrLanguages: ['eng', 'deu'],
      },
      maxUploadBytes: 1024 ** 2,
      uploadExpiryHours: 1,
      uploadIdleSeconds: 45,
      storage: {
        kind: 's3',
        endpoint: 'https://s3.example',
        bucket: 'bytes',
        region: 'eu-central-1',
        accessKeyId: 'key',
        secretAccessKey: 'secret',
        prefix: 'headway/',
        forcePathStyle: true,
      },
      staleSeconds: 60,
      retentionSeconds: 7200,
      ageSeconds: 60,
      backgroundJobsPerMinute: 10,
      historyDays: 7,
      pollSlowdown: 2,
      logFormat: 'text',
      logLevel: 'debug',
      analysis: {
        endpoint: 'https://name.services.ai.azure.com',
        key: 'the key',
        token: null,
        apiVersion: '2026-01-01',
        analyzer: 'prebuilt-layout',
        mediaTypes: ['application/pdf', 'image/*'],
        resultSeconds: 60,
        budgetSeconds: 120,
        lookUp: 'everyone',
      },
      mail: {
        smtpUrl: 'smtps://name:word@mail.example',
        from: 'Headway <headway@app.example>',
        publicUrl: 'https://app.example',
      },
      webhookTargets: 'any',
      transcription: {
        endpoint: 'https://api.openai.com/v1',
        key: 'its key',
        model: 'large-v3',
        parallel: 16,
        attemptSeconds: 30,
        budgetSeconds: 600,
      },
      jobsModule: null,
    });
  });

  test.each([
    ['PORT', 'http', 'PORT must be a whole number'],
    ['PORT', '80.5', 'PORT must be a whole number'],
    ['PORT', ' ', 'PORT must be a whole number'],
    ['PORT', '0x50', 'PORT must be a whole number'],
    ['PORT', '-1', 'PORT must be a whole number'],
    ['PORT', '65536', 'PORT must be 65535 or less'],
    ['DATABASE_URL', 'mysql://x', 'DATABASE_URL must begin with postgres://'],
    ['AUTH_SECRET', 'short', 'AUTH_SECRET must have 8 characters or more'],
    ['AUTH_SECRET', 'x'.repeat(31), 'AUTH_SECRET must have 32 bytes or more'],
    ['AUTH_REQUIRE_EXPIRY', 'yes', 'AUTH_REQUIRE_EXPIRY must be true or false'],
    ['AUTH_ALLOW_SHORT_SECRET', '1', 'AUTH_ALLOW_SHORT_SECRET must be true or false'],
    ['AUTH_JWKS_URL', 'ftp://id.example/keys', 'AUTH_JWKS_URL must begin with https://'],
    ['AUTH_COOKIE', 'a=b', 'AUTH_COOKIE must be the name of a cookie'],
    ['AUTH_ISSUER', 'https://id.example', 'AUTH_ISSUER needs AUTH_SECRET or AUTH_JWKS_URL'],
    ['ALLOWED_ORIGINS', '*', 'ALLOWED_ORIGINS must be origins'],
    ['ALLOWED_ORIGINS', 'https://app.example/', 'ALLOWED_ORIGINS must be origins'],
    ['COUNT_REQUESTS_IN', 'redis', 'COUNT_REQUESTS_IN must be memory or postgres'],
    ['REQUESTS_PER_MINUTE', '0', 'REQUESTS_PER_MINUTE must be 1 or more'],
    ['LOG_FORMAT', 'xml', 'LOG_FORMAT must be json or text'],
    ['MAX_UPLOAD_MB', '0', 'MAX_UPLOAD_MB must be 1 or more'],
    ['OCR_LANGUAGES', 'German', 'OCR_LANGUAGES must be codes such as deu,eng'],
    ['OCR_LANGUAGES', 'deu,xyz', 'OCR_LANGUAGES needs the package @tesseract.js-data/xyz'],
    ['MAX_UPLOAD_MB', 'many', 'MAX_UPLOAD_MB must be a number'],
    ['MAX_UPLOAD_MB', 'Infinity', 'MAX_UPLOAD_MB must be a number'],
    ['STALE_SECONDS', '-5', 'STALE_SECONDS must be 1 or more'],
    ['STALE_SECONDS', 'Infinity', 'STALE_SECONDS must be a number'],
    ['PROGRESS_RETENTION_SECONDS', 'NaN', 'PROGRESS_RETENTION_SECONDS must be a number'],
  ])('refuses %s=%j', (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });

  test('takes a short secret, and refuses tokens without expiry, where that is said', () => {
    const { tokens } = readConfig({
      AUTH_SECRET: 't0p-s3cr3t',
      AUTH_ALLOW_SHORT_SECRET: 'true',
      AUTH_REQUIRE_EXPIRY: 'true',
    });
    expect(tokens).toMatchObject({ allowShortSecret: true, requireExpiry: true });
  });

  test('names every bad one at once, and no value of the secret', () => {
    const read = () =>
      readConfig({ PORT: 'x', STALE_SECONDS: 'y', AUTH_SECRET: 'hush', HOST: '0.0.0.0' });
    expect(read).toThrow(
      'These settings cannot be used:\n' +
        '  PORT must be a whole number\n' +
        '  AUTH_SECRET must have 8 characters or more\n' +
        '  STALE_SECONDS must be a number',
    );
    expect(read).not.toThrow('hush');
  });

  test('takes a mail server and who mails are from, or neither', () => {
    const [SMTP_URL, MAIL_FROM] = ['smtp://localhost:25', 'headway@app.example'];
    expect(readConfig({ SMTP_URL, MAIL_FROM }).mail?.publicUrl).toBeNull();
    expect(() => readConfig({ SMTP_URL })).toThrow('SMTP_URL needs MAIL_FROM');
    expect(() => readConfig({ MAIL_FROM })).toThrow('MAIL_FROM needs SMTP_URL');
    for (const from of ['a@b\r\nBcc: c@d', 'Headway', 'a@b, c@d', 'A <a@b> <c@d>']) {
      expect(() => readConfig({ SMTP_URL, MAIL_FROM: from })).toThrow('MAIL_FROM must be');
    }
  });

  test('takes a key or a token of the analysis service, not both, and none without it', () => {
    const ANALYSIS_ENDPOINT = 'https://name.services.ai.azure.com';
    expect(readConfig({ ANALYSIS_ENDPOINT, ANALYSIS_TOKEN: 'hush' }).analysis)
      .toMatchObject({ key: null, token: 'hush', mediaTypes: [] });
    const both = () => readConfig({ ANALYSIS_ENDPOINT, ANALYSIS_KEY: 'a', ANALYSIS_TOKEN: 'b' });
    expect(both).toThrow('ANALYSIS_KEY and ANALYSIS_TOKEN exclude each other');
    expect(() => readConfig({ ANALYSIS_KEY: 'hush' })).toThrow(
      'ANALYSIS_KEY needs ANALYSIS_ENDPOINT',
    );
  });

  test('takes a bounded number of segments at once, and no key without a service', () => {
    for (const TRANSCRIPTION_PARALLEL of ['0', '65', '1.5', 'all']) {
      expect(() => readConfig({ TRANSCRIPTION_PARALLEL })).toThrow('from 1 to 64');
    }
    expect(() => readConfig({ TRANSCRIPTION_KEY: 'hush' })).toThrow(
      'TRANSCRIPTION_KEY needs TRANSCRIPTION_ENDPOINT',
    );
  });

  test('takes a secret or a key set, not both', () => {
    const AUTH_JWKS_URL = 'https://id.example/keys';
    expect(readConfig({ HOST: '0.0.0.0', AUTH_JWKS_URL, AUTH_ISSUER: 'id' }).tokens)
      .toEqual({ jwksUrl: AUTH_JWKS_URL, issuer: 'id' });
    const both = () =>
      readConfig({ AUTH_JWKS_URL, AUTH_SECRET: 'a secret that is long enough for HS256' });
    expect(both).toThrow('AUTH_SECRET and AUTH_JWKS_URL exclude each other');
    expect(both).not.toThrow('a secret that is long enough for HS256');
  });

  test.each(['127.0.0.1', '::1', 'localhost'])('without a secret listens on %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'localhost.example.org', '127.0.0.1.example.org'])(
    'without a secret does not listen on %s',
    (HOST) => {
      expect(() => readConfig({ HOST })).toThrow(`leave HOST at 127.0.0.1 (it is: ${HOST})`);
      expect(readConfig({ HOST, AUTH_SECRET: 'a secret that is long enough for HS256' }).host).toBe(
        HOST,
      );
    },
  );
});
