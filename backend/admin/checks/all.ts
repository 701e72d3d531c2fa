/**
 * All consistency checks, in the order in which their repairs build on each other.
 *
 * @module
 */
import { bytesWithoutFile, derivedWithoutFile, fileWithoutBytes } from './bytes.ts';
import { completedWithoutPassages, contentWithoutFile, textLost } from './content.ts';
import type { Check } from './finding.ts';
import { jobLost, queuedWithoutJob } from './jobs.ts';
import { metaWithoutSession, sessionNotEnded, sessionWithoutJobs } from './sessions.ts';

export const CHECKS: readonly Check[] = [
  fileWithoutBytes,
  bytesWithoutFile,
  derivedWithoutFile,
  contentWithoutFile,
  textLost,
  completedWithoutPassages,
  sessionWithoutJobs,
  sessionNotEnded,
  jobLost,
  queuedWithoutJob,
  metaWithoutSession,
];
