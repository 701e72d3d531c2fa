/**
 * All that `deno task bench` can measure, in the order in which it does.
 *
 * @module
 */
import { measureAnalyze } from './analyze.ts';
import type { Figure } from './figure.ts';
import { measureGivingWay } from './giving-way.ts';
import { measureKilledWorker } from './killed-worker.ts';
import { measurePolling } from './polling.ts';
import { measurePolls } from './polls.ts';
import { measureThousandFiles } from './thousand-files.ts';
import { measureTimeLeft } from './time-left.ts';
import { measureUpload } from './upload.ts';
import { measureTwoWorkers } from './two-workers.ts';

/** Figures that are measured together; the name chooses them on the command line. */
export interface Group {
  /** As a heading. */
  readonly title: string;
  measure(): Promise<Figure[]>;
}

export const GROUPS: Readonly<Record<string, Group>> = {
  'polling': { title: 'Polling in the browser, simulated', measure: () => measurePolling() },
  'polls': { title: 'Status polls', measure: measurePolls },
  'thousand-files': { title: 'Starting a thousand files', measure: measureThousandFiles },
  'upload': { title: 'Large uploads', measure: measureUpload },
  'giving-way': { title: 'Giving way to what is urgent', measure: measureGivingWay },
  'two-workers': { title: 'Two workers', measure: measureTwoWorkers },
  'time-left': { title: 'Time left', measure: measureTimeLeft },
  'killed-worker': { title: 'A worker that is killed', measure: measureKilledWorker },
  'analyze': { title: 'Slow services', measure: measureAnalyze },
};
