/**
 * All that `deno task bench` can measure, in the order in which it does.
 *
 * @module
 */
import { measureAnalyze } from './analyze.ts';
import type { Figure } from './figure.ts';
import { measureGivingWay } from './giving-way.ts';
import { measureGrowth } from './growth.ts';
import { measureKilledWorker } from './killed-worker.ts';
import { measurePipeline } from './pipeline.ts';
import { measurePolling } from './polling.ts';
import { measurePolls } from './polls.ts';
import { measureStart } from './start.ts';
import { measureThousandFiles } from './thousand-files.ts';
import { measureTicks } from './ticks.ts';
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
  'growth': { title: 'Ten, a hundred, a thousand times as much work', measure: measureGrowth },
  'ticks': { title: 'What progress writes', measure: measureTicks },
  'pipeline': { title: 'The pipeline beside the bare libraries', measure: measurePipeline },
  'start': { title: 'Starting the program', measure: measureStart },
  'thousand-files': { title: 'Starting a thousand files', measure: measureThousandFiles },
  'upload': { title: 'Large uploads', measure: measureUpload },
  'giving-way': { title: 'Giving way to what is urgent', measure: measureGivingWay },
  'two-workers': { title: 'Two workers', measure: measureTwoWorkers },
  'time-left': { title: 'Time left', measure: measureTimeLeft },
  'killed-worker': { title: 'A worker that is killed', measure: measureKilledWorker },
  'analyze': { title: 'Slow services', measure: measureAnalyze },
};
