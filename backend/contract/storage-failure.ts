/**
 * Failures of the storage, distinguished from failures of a request: no space, or no permission to
 * write. They last until an operator acts; no file is at fault.
 *
 * @module
 */
import { AppError } from './error.ts';
import { message } from './messages/catalogue.ts';

/** `full`: no space or quota left. `denied`: read-only, or no permission. */
export type StorageFailure = 'full' | 'denied';

/**
 * Error codes of the operating system, SQLSTATEs of PostgreSQL (53100: disk full) and error names
 * of S3 services.
 */
const FAILURES: Readonly<Record<string, StorageFailure>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  '53100': 'full',
  QuotaExceeded: 'full',
  QuotaExceededException: 'full',
  InsufficientCapacity: 'full',
  StorageFull: 'full',
  XMinioStorageFull: 'full',
  XMinioAdminBucketQuotaExceeded: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  AccessDenied: 'denied',
  AllAccessDisabled: 'denied',
  AccountProblem: 'denied',
};

/** HTTP statuses with which S3 services reject a write. */
const FAILURES_BY_STATUS: Readonly<Record<number, StorageFailure>> = { 507: 'full', 403: 'denied' };

const MOST_CAUSES = 10;

/** Returns the storage failure behind an error or one of its causes; null for any other error. */
export function storageFailureOf(error: unknown): StorageFailure | null {
  return failureIn(error, MOST_CAUSES);
}

function failureIn(error: unknown, depth: number): StorageFailure | null {
  if (!(error instanceof Error) || depth === 0) return null;
  const { code, Code, name, errors, error: last, suppressed, $metadata } = error as Wrapping;
  const known = [code, Code, name]
    .map((key) => FAILURES[String(key)])
    .find((failure) => failure !== undefined);
  return known ?? FAILURES_BY_STATUS[$metadata?.httpStatusCode ?? 0] ??
    [error.cause, last, suppressed, ...(Array.isArray(errors) ? errors : [])]
      .map((inner) => failureIn(inner, depth - 1))
      .find((failure) => failure !== null) ??
    null;
}

/** Errors of the operating system and of the AWS SDK, and errors that wrap several. */
interface Wrapping extends Error {
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly errors?: unknown;
  readonly error?: unknown;
  readonly suppressed?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Delay before a full storage is tried again, seconds. */
const RETRY_SECONDS = 30;

/** Returns the `insufficient_storage` problem for a storage failure; null for other errors. */
export function insufficientStorage(error: unknown): AppError | null {
  if (error instanceof AppError) return error.code === 'insufficient_storage' ? error : null;
  const failure = storageFailureOf(error);
  return failure && new AppError('insufficient_storage', message(`storage_${failure}`), {
    cause: error,
    retryAfterSeconds: RETRY_SECONDS,
  });
}
