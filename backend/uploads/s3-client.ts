/**
 * The client of an S3-compatible service: every request has a deadline and a bounded number of
 * attempts, and an outage of the service is reported as such.
 *
 * @module
 */
import { S3 } from '@aws-sdk/client-s3';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { storageFailureOf } from '#contract/storage-failure.ts';

export interface S3Settings {
  readonly bucket: string;
  readonly region: string;
  /** Endpoint of the service. @default AWS */
  readonly endpoint?: string | undefined;
  /** Default: the usual sources of the AWS SDK: environment, files, the machine. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  /** Prefix of every key, so that a bucket can be shared, for example `headway/`. @default '' */
  readonly prefix?: string | undefined;
  /** True if the bucket is in the path instead of the host name. @default false */
  readonly forcePathStyle?: boolean | undefined;
  /**
   * Timeout until the response to a request without a body begins, milliseconds. @default 10_000
   */
  readonly answerMs?: number | undefined;
}

/** A bucket and its client. */
export interface Bucket {
  readonly client: S3;
  readonly bucket: string;
  /** Timeout of a request that sends this many bytes. */
  deadline(bytes: number): { readonly requestTimeout: number };
}

const CONNECT_MS = 5_000;
const ATTEMPTS = 3;
/** Minimum rate of a request before it counts as stuck. */
const LEAST_BYTES_PER_MS = 1_024;

export function openBucket(settings: S3Settings): Bucket {
  const { bucket, region, endpoint, accessKeyId, secretAccessKey } = settings;
  const { forcePathStyle = false, answerMs = 10_000 } = settings;
  const client = new S3({
    region,
    forcePathStyle,
    ...(endpoint && { endpoint }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    // Services other than AWS do not support its newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
    responseChecksumValidation: 'WHEN_REQUIRED' as const,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MS, answerMs),
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
    },
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw isAway(error) ? serviceAway(error) : error;
      }
    },
    { step: 'initialize', priority: 'high', name: 'headwayFailures' },
  );
  return {
    client,
    bucket,
    deadline: (bytes) => ({ requestTimeout: answerMs + Math.ceil(bytes / LEAST_BYTES_PER_MS) }),
  };
}

/** True if there is no response, or one of a busy or failing service. */
function isAway(error: unknown): boolean {
  if (isGone(error) || storageFailureOf(error) !== null) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status < 400 || status >= 500 || status === 408 || status === 429;
}

function serviceAway(cause: unknown): AppError {
  return new AppError('unavailable', message('storage_silent'), { cause, retryAfterSeconds: 5 });
}

const GONE = ['NotFound', 'NoSuchKey', 'NoSuchUpload'];

export function isGone(error: unknown): boolean {
  return GONE.includes((error as { name?: string }).name ?? '');
}

export function nullIfGone(error: unknown): null {
  if (isGone(error)) return null;
  throw error;
}
