/**
 * Analyses by a remote service, as the rest of the backend uses them.
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
  /** Of the subscription. */
  readonly key?: string | null;
  /** A bearer token instead; a function is asked anew for each request. */
  readonly token?: string | (() => Promise<string>) | null;
  /** @default '2025-11-01' */
  readonly apiVersion?: string;
  /** Analyses files of {@link mediaTypes}. @default 'prebuilt-documentSearch' */
  readonly analyzer?: string;
  /** Files of these are analysed there and not read here: `application/pdf`, `image/*`. @default [] */
  readonly mediaTypes?: readonly string[];
  /** Results are kept for this long after they are ready. @default 3600 */
  readonly resultSeconds?: number;
  /** An analysis that takes longer has failed. @default 3600 */
  readonly budgetSeconds?: number;
  /** Whose questions about operations that are unknown here go to the service. @default 'admins' */
  readonly lookUp?: 'admins' | 'everyone';
  /** No operation is asked about more often. @default 1 */
  readonly leastPollSeconds?: number;
  /** One request to the service may take this long. @default 30 */
  readonly attemptSeconds?: number;
  /** A service that is down is left alone for this long at first. @default 5 */
  readonly breakSeconds?: number;
  /** Operations asked about at once. @default 16 */
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
  /** Ends polling; other processes go on with it. */
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly db: Database;
  /** Bytes of a file of ours by their path; null where they are gone. */
  readonly readBytes: ReadBytes;
  readonly log: (message: string) => void;
  /** Hears when the service goes down or is back. */
  readonly onChange: (status: RemoteStatus) => void;
}

/** Begins to poll what is under way. */
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
