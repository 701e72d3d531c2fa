/**
 * The jobs that the program itself brings.
 *
 * @module
 */
import type { JobKind } from '../queue/job-kind.ts';
import { fileReport } from './file-report.ts';
import { knowledgeReport } from './knowledge-report.ts';

export const reports: readonly JobKind[] = [knowledgeReport, fileReport];
