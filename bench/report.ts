/**
 * What was measured, as a table for the terminal and as JSON that a later run adds to.
 *
 * @module
 */
import { cpus, totalmem } from 'node:os';
import { layTable } from '../backend/admin/layout.ts';
import { type Figure, isKept, ratioOf, show, showLimit } from './figure.ts';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memory_gb: number;
  readonly system: string;
  readonly deno: string;
}

/** A figure with what follows from it, so that whoever reads the JSON need not know the rules. */
export interface RatedFigure extends Figure {
  /** 1 and less keeps the limit. */
  readonly of_limit: number | null;
  readonly kept: boolean;
}

/** One group, measured once. */
export interface MeasuredGroup {
  readonly name: string;
  readonly title: string;
  /** ISO 8601. */
  readonly measured_at: string;
  readonly seconds: number;
  /** Runnable processes over the minute before, and over the last minute of it. */
  readonly load: { readonly before: number; readonly after: number };
  readonly machine: Machine;
  readonly figures: readonly RatedFigure[];
  /** Why there are no figures. */
  readonly error: string | null;
}

export interface Report {
  readonly groups: readonly MeasuredGroup[];
}

export function readMachine(): Machine {
  const [cpu] = cpus();
  return {
    cores: navigator.hardwareConcurrency,
    processor: cpu?.model ?? 'unknown',
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

/** Throws where there is no number: nothing was measured then. */
export function rate(figure: Figure): RatedFigure {
  if (!Number.isFinite(figure.value)) throw new Error(`Nothing was measured: ${figure.name}`);
  return { ...figure, of_limit: ratioOf(figure), kept: isKept(figure) };
}

/** Whether every limit was kept and nothing failed. */
export const isGood = ({ groups }: Report): boolean =>
  groups.every(({ error, figures }) => error === null && figures.every(({ kept }) => kept));

/** Groups measured now take the place of those of the same name. */
export function merge(earlier: Report, now: Report): Report {
  const names = new Set(now.groups.map(({ name }) => name));
  return { groups: [...earlier.groups.filter(({ name }) => !names.has(name)), ...now.groups] };
}

/** An empty report where there is no such file. */
export async function readReport(path: string): Promise<Report> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { groups: [] };
    throw error;
  }
}

export async function writeReport(path: string, report: Report): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(report, null, 2)}\n`);
}

export function toTable({ groups }: Report): string {
  const rows = groups.flatMap(({ name, figures }) =>
    figures.map((figure) => [
      name,
      figure.name,
      show(figure.value, figure),
      showLimit(figure),
      figure.of_limit === null ? '' : figure.of_limit.toFixed(2),
      figure.limit === null ? '' : figure.kept ? 'yes' : 'NO',
    ])
  );
  return [
    layTable(['GROUP', 'WHAT', 'MEASURED', 'LIMIT', 'OF LIMIT', 'KEPT'], rows),
    ...groups.flatMap(({ name, error }) => error === null ? [] : [`${name} failed: ${error}`]),
    ...groups.map(({ name, load, machine }) =>
      `${name}: ${machine.cores} cores, load ${load.before.toFixed(1)} before and ` +
      `${load.after.toFixed(1)} at the end`
    ),
  ].join('\n');
}
