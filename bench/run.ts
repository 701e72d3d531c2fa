/**
 * `deno task bench`: figures of the real program on this machine, each against a limit or a peer.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { show, showLimit } from './figure.ts';
import { type Group, GROUPS } from './groups.ts';
import { writePage } from './page.ts';
import {
  isGood,
  type MeasuredGroup,
  merge,
  rate,
  readMachine,
  readReport,
  type Report,
  toTable,
  writeReport,
} from './report.ts';

const USAGE = `Usage: deno task bench [--json <file>] [--page] [--strict] [group …]

Groups: ${Object.keys(GROUPS).join(', ')}. Without a name, all of them.
--json <file>  write the figures to a file, where they replace those of the same groups;
               - prints them instead of the table
--page         only make docs/performance.md from docs/performance.json, without measuring
--strict       end with 1 when a limit is not kept`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      page: { type: 'boolean' },
      strict: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.find((name) => !(name in GROUPS));
  if (values.help || unknown) {
    console.log(unknown ? `There is no such group: ${unknown}\n\n${USAGE}` : USAGE);
    return unknown ? 2 : 0;
  }
  if (values.page) {
    await writePage();
    return 0;
  }
  const report = await measureAll(positionals, values.json);
  console.log(values.json === '-' ? JSON.stringify(report, null, 2) : toTable(report));
  const failed = report.groups.some(({ error }) => error !== null);
  return failed || (values.strict && !isGood(report)) ? 1 : 0;
}

/** One group after the other: they share the machine. What is measured is kept at once. */
async function measureAll(names: readonly string[], json: string | undefined): Promise<Report> {
  let report: Report = { groups: [] };
  for (const [name, group] of Object.entries(GROUPS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.error(`Measuring: ${name}`);
    const now: Report = { groups: [await measure(name, group)] };
    report = merge(report, now);
    if (json && json !== '-') await writeReport(json, merge(await readReport(json), now));
  }
  return report;
}

async function measure(name: string, { title, measure }: Group): Promise<MeasuredGroup> {
  const before = loadOfMinute();
  const startedAt = new Date();
  const { figures, error } = await measure().then((measured) => measured.map(rate)).then(
    (figures) => ({ figures, error: null }),
    (reason) => ({ figures: [], error: `${reason}` }),
  );
  for (const figure of figures) {
    const { name, value, detail } = figure;
    console.error(`  ${name}: ${show(value, figure)} ${showLimit(figure)} (${detail})`);
  }
  if (error !== null) console.error(`  failed: ${error}`);
  return {
    name,
    title,
    measured_at: startedAt.toISOString(),
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    load: { before, after: loadOfMinute() },
    machine: readMachine(),
    figures,
    error,
  };
}

/** Others on the machine make every figure worse. */
const loadOfMinute = (): number => Math.round((Deno.loadavg()[0] ?? 0) * 10) / 10;

Deno.exit(await main(Deno.args));
