/**
 * The built-in jobs.
 *
 * @module
 */
import type { JobKind } from '../queue/job-kind.ts';
import { fileReport } from './file-report.ts';
import { knowledgeReport } from './knowledge-report.ts';

export const reports: readonly JobKind[] = [knowledgeReport, fileReport];
