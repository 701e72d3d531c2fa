/**
 * Help texts of the command line.
 *
 * @module
 */
import type { Command, Option } from './command.ts';

/** All commands, a line each. */
export function overview(commands: readonly Command[]): string {
  const usages = commands.map(usageOf);
  const width = Math.max(...usages.map((usage) => usage.length));
  return [
    'Usage: deno task admin <command> [options]',
    '',
    ...commands.map(({ about }, at) => `  ${usages[at]?.padEnd(width)}  ${about}`),
    '',
    'Each takes --json and --help. It works on the database of DATABASE_URL, else on that of the',
    'program that runs on DATA_DIR, else it starts the embedded database for the command.',
    'Exit codes: 0 done, 1 failed, 2 called wrongly, 3 inconsistencies found.',
  ].join('\n');
}

/** One command with its options. */
export function helpOf(command: Command, common: Readonly<Record<string, Option>>): string {
  const options = Object.entries({ ...command.options, ...common })
    .map((
      [name, option],
    ) => [`--${name}${option.value ? ` <${option.value}>` : ''}`, option.about]);
  const width = Math.max(...options.map(([usage]) => usage?.length ?? 0));
  return [
    `Usage: deno task admin ${usageOf(command)} [options]`,
    '',
    command.about,
    '',
    ...options.map(([usage, about]) => `  ${usage?.padEnd(width)}  ${about}`),
  ].join('\n');
}

const usageOf = ({ name, operands = [] }: Command): string =>
  [name, ...operands.map((operand) => `<${operand}>`)].join(' ');
