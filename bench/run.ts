/**
 * `deno task bench`: figures of the real program on this machine, each against its limit.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { layTable } from '../backend/admin/layout.ts';
import { measureAnalyze } from './analyze.ts';
import { type Figure, ratioOf } from './figure.ts';
import { measureGivingWay } from './giving-way.ts';
import { measureKilledWorker } from './killed-worker.ts';
import { measurePolling } from './polling.ts';
import { measureThousandFiles } from './thousand-files.ts';
import { measureTimeLeft } from './time-left.ts';
import { measureUpload } from './upload.ts';
import { measureTwoWorkers } from './two-workers.ts';

const MEASUREMENTS: Record<string, () => Promise<Figure[]>> = {
  'giving-way': measureGivingWay,
  'two-workers': measureTwoWorkers,
  'time-left': measureTimeLeft,
  'thousand-files': measureThousandFiles,
  'killed-worker': measureKilledWorker,
  'polling': () => measurePolling(),
  'upload': measureUpload,
  'analyze': measureAnalyze,
};
const USAGE = `Usage: deno task bench [--json] [--strict] [measurement …]

Measurements: ${Object.keys(MEASUREMENTS).join(', ')}. Without a name, all of them.
--json    print one JSON document
--strict  end with 1 when a limit is not kept`;

interface Failure {
  readonly measurement: string;
  readonly error: string;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      strict: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.find((name) => !(name in MEASUREMENTS));
  if (values.help || unknown) {
    console.log(unknown ? `There is no such measurement: ${unknown}\n\n${USAGE}` : USAGE);
    return unknown ? 2 : 0;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(MEASUREMENTS);
  const { figures, failures } = await measureAll(names);
  console.log(values.json ? toJson(figures, failures) : toTable(figures, failures));
  const missed = figures.some((figure) => !(ratioOf(figure) <= 1));
  return failures.length > 0 || (values.strict && missed) ? 1 : 0;
}

/** One after the other: they share the machine. */
async function measureAll(names: readonly string[]) {
  const figures: Figure[] = [];
  const failures: Failure[] = [];
  for (const name of names) {
    console.error(`Measuring: ${name}`);
    try {
      const measured = await MEASUREMENTS[name]!();
      for (const figure of measured) {
        console.error(`  ${figure.name}: ${show(figure.value, figure)} (${figure.detail})`);
      }
      figures.push(...measured);
    } catch (error) {
      failures.push({ measurement: name, error: `${error}` });
    }
  }
  return { figures, failures };
}

/** `load` is that of the last minute: others on the machine make every figure worse. */
function machine(): { cores: number; deno: string; load: number } {
  const [load = 0] = Deno.loadavg();
  return { cores: navigator.hardwareConcurrency, deno: Deno.version.deno, load };
}

function toJson(figures: readonly Figure[], failures: readonly Failure[]): string {
  const rated = figures.map((figure) => ({ ...figure, of_limit: ratioOf(figure) }));
  return JSON.stringify({ machine: machine(), figures: rated, failures }, null, 2);
}

function toTable(figures: readonly Figure[], failures: readonly Failure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    show(figure.value, figure),
    show(figure.limit, figure),
    ratioOf(figure).toFixed(2),
    ratioOf(figure) <= 1 ? 'yes' : 'no',
    figure.detail,
  ]);
  const { cores, load } = machine();
  return [
    layTable(['WHAT', 'MEASURED', 'LIMIT', 'OF LIMIT', 'KEPT', 'HOW'], rows),
    ...failures.map(({ measurement, error }) => `${measurement} failed: ${error}`),
    `${cores} cores, load ${load.toFixed(1)} at the end`,
  ].join('\n');
}

const show = (value: number, { unit }: Figure) =>
  unit === 'ratio' ? value.toFixed(2) : `${+value.toPrecision(3)} ${unit}`;

Deno.exit(await main(Deno.args));
