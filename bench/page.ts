/**
 * `docs/performance.md`: words from a template, figures from the JSON of a run.
 *
 * @module
 */
import { GROUPS } from './groups.ts';
import { show, showLimit } from './figure.ts';
import { type MeasuredGroup, readReport, type Report } from './report.ts';

const TEMPLATE = new URL('performance.template.md', import.meta.url);
const FIGURES = new URL('../docs/performance.json', import.meta.url);
const PAGE = new URL('../docs/performance.md', import.meta.url);

/** Makes the page anew from the template and the figures that are kept beside it. */
export async function writePage(): Promise<void> {
  await Deno.writeTextFile(PAGE, await makePage());
}

/** The page as it should be, in the form in which all texts here are. */
export async function makePage(): Promise<string> {
  const report = await readReport(FIGURES.pathname);
  return await format(fillIn(await Deno.readTextFile(TEMPLATE), report));
}

/**
 * Puts figures into a template: `{{group:name}}` is the table of a group, `{{machines}}` says where
 * and when, `{{misses}}` lists what does not keep its limit. Throws where a group that can be
 * measured has no place.
 */
export function fillIn(template: string, report: Report): string {
  const placeless = Object.keys(GROUPS).filter((name) => !template.includes(`{{group:${name}}}`));
  if (placeless.length > 0) throw new Error(`The template lacks: ${placeless.join(', ')}`);
  const byName = new Map(report.groups.map((group) => [group.name, group]));
  return template
    .replaceAll(/\{\{group:([\w-]+)\}\}/g, (_, name) => describeGroup(byName.get(name)))
    .replaceAll('{{machines}}', describeMachines(report))
    .replaceAll('{{misses}}', describeMisses(report));
}

function describeGroup(group: MeasuredGroup | undefined): string {
  if (!group) return '_Not measured yet._';
  if (group.error !== null) return `_Could not be measured: ${cell(group.error)}_`;
  const rows = group.figures.map((figure) => {
    const limit = showLimit(figure) || '–';
    const kept = figure.limit === null ? '–' : figure.kept ? 'yes' : '**no**';
    const what = `${cell(figure.name)}<br>_${cell(figure.means)}_`;
    return `| ${what} | ${show(figure.value, figure)} | ${limit} | ${kept} |`;
  });
  const { load, seconds } = group;
  return [
    '| what it is, and what it means | measured | limit | kept |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...group.figures.map(({ name, detail }) => `- ${cell(name)}: ${cell(detail)}`),
    '',
    `${describeDay(group)}, ${seconds} s, load ${load.before.toFixed(1)} before and ` +
    `${load.after.toFixed(1)} at the end.`,
  ].join('\n');
}

function describeMachines({ groups }: Report): string {
  const lines = groups.map(({ machine }) => {
    const { processor, cores, memory_gb, system, deno } = machine;
    return `${processor}, ${cores} cores, ${memory_gb} GB, ${system}, Deno ${deno}`;
  });
  const days = groups.map(describeDay).sort();
  const span = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  return groups.length === 0
    ? '_nothing was measured yet_'
    : `${[...new Set(lines)].join('; ')}; ${span}`;
}

function describeMisses({ groups }: Report): string {
  const missed = groups.flatMap(({ title, figures, error }) => [
    ...(error === null ? [] : [`- ${title}: could not be measured`]),
    ...figures.filter(({ kept }) => !kept).map((figure) =>
      `- ${title}: ${figure.name}: ${show(figure.value, figure)}, ${showLimit(figure)}`
    ),
  ]);
  return missed.length === 0 ? 'None.' : missed.join('\n');
}

const describeDay = ({ measured_at }: MeasuredGroup): string => measured_at.slice(0, 10);

/** A cell ends at a bar and a row at a line's end. */
const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');

async function format(text: string): Promise<string> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ['fmt', '--quiet', '--ext=md', '-'],
    cwd: new URL('..', import.meta.url),
    stdin: 'piped',
    stdout: 'piped',
  }).spawn();
  const output = formatter.output();
  const writer = formatter.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await output;
  if (!success) throw new Error('The page could not be formatted');
  return new TextDecoder().decode(stdout);
}
