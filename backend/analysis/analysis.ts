/**
 * Analyses by a remote service: its interface to the rest of the backend.
 *
 * @module
 */
import type { RemoteStatus } from '#contract/remote.ts';
import type { Database } from '../database/connection.ts';
import { createRemoteService, type RemoteService } from '../remote/service.ts';
import type { ReadBytes } from './advance.ts';
import { type AnalysisClient, createClient } from './client.ts';
import { startPoller } from './poller.ts';

export interface AnalysisOptions {
  /** `https://name.services.ai.azure.com` */
  readonly endpoint: string;
  /** Key of the subscription. */
  readonly key?: string | null;
  /** A bearer token instead; a function is called for each request. */
  readonly token?: string | (() => Promise<string>) | null;
  /** @default '2025-11-01' */
  readonly apiVersion?: string;
  /** Analyses files of {@link mediaTypes}. @default 'prebuilt-documentSearch' */
  readonly analyzer?: string;
  /**
   * Files of these types are analysed by the service instead of here: `application/pdf`, `image/*`.
   * @default []
   */
  readonly mediaTypes?: readonly string[];
  /** Retention of results. @default 3600 */
  readonly resultSeconds?: number;
  /** Timeout of an analysis. @default 3600 */
  readonly budgetSeconds?: number;
  /**
   * Users whose requests for operations unknown here are passed on to the service. @default
   * 'admins'
   */
  readonly lookUp?: 'admins' | 'everyone';
  /** Minimum interval between polls of an operation. @default 1 */
  readonly leastPollSeconds?: number;
  /** Timeout of one request to the service. @default 30 */
  readonly attemptSeconds?: number;
  /** First pause after an outage of the service. @default 5 */
  readonly breakSeconds?: number;
  /** Concurrent polls. @default 16 */
  readonly concurrency?: number;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

export interface Analysis {
  readonly client: AnalysisClient;
  readonly service: RemoteService;
  readonly analyzer: string;
  readonly mediaTypes: readonly string[];
  readonly lookUp: 'admins' | 'everyone';
  /** Ends polling; other processes continue it. */
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly db: Database;
  /** Reads a stored file by its path; null if its bytes are gone. */
  readonly readBytes: ReadBytes;
  readonly log: (message: string) => void;
  /** Called when the service goes down or is back. */
  readonly onChange: (status: RemoteStatus) => void;
}

/** Starts to poll operations in progress. */
export async function openAnalysis(
  options: AnalysisOptions,
  { db, readBytes, log, onChange }: Surroundings,
): Promise<Analysis> {
  const { attemptSeconds = 30, breakSeconds = 5 } = options;
  const service = createRemoteService({
    name: 'analysis',
    attemptMs: attemptSeconds * 1000,
    breakMs: breakSeconds * 1000,
    maxBreakMs: Math.max(60, breakSeconds) * 1000,
    onChange,
  });
  const client = createClient({ ...options, service });
  const poller = await startPoller({
    db,
    readBytes,
    client,
    keepSeconds: options.resultSeconds ?? 3600,
    budgetSeconds: options.budgetSeconds ?? 3600,
    leastSeconds: options.leastPollSeconds ?? 1,
    random: Math.random,
    log,
    ...(options.concurrency && { concurrency: options.concurrency }),
  });
  return {
    client,
    service,
    analyzer: options.analyzer ?? 'prebuilt-documentSearch',
    mediaTypes: options.mediaTypes ?? [],
    lookUp: options.lookUp ?? 'admins',
    stop: poller.stop,
  };
}
