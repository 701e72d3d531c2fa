/**
 * Parses a command line and runs its command.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { type Arguments, type Command, EXIT, type Option, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { helpOf, overview } from './help.ts';
import { type PlaceSettings, withPlace } from './place.ts';

export interface Output {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Settings from the environment; read only when a command needs them. */
export type ReadSettings = () => Omit<PlaceSettings, 'say'>;

/** Options of every command. */
const COMMON: Record<string, Option> = {
  json: { type: 'boolean', about: 'Print one JSON document instead of a table' },
  yes: { type: 'boolean', about: 'Agree to what cannot be undone' },
  help: { type: 'boolean', about: 'Say what the command does' },
};

/** Runs one command. Returns the exit code; throws nothing. */
export async function runAdmin(
  words: readonly string[],
  readSettings: ReadSettings,
  { print, complain }: Output,
): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === 'help' || name === '--help') {
    print(overview(COMMANDS));
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  try {
    const command = findCommand(name);
    const given = parse(command, rest);
    if (given.values.help) {
      print(helpOf(command, COMMON));
      return EXIT.done;
    }
    expectOperands(command, given);
    expectConsent(command, given);
    const settings = { ...readSettings(), say: complain };
    const report = await withPlace(settings, command, (place) => command.run(place, given));
    print(given.values.json ? JSON.stringify(report.data, null, 2) : report.text);
    return report.exitCode ?? EXIT.done;
  } catch (error) {
    complain(error instanceof Error ? error.message : `${error}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((one) => one.name === name);
  if (command) return command;
  throw new UsageError(
    `There is no such command: ${name}. There are: ${COMMANDS.map((one) => one.name).join(', ')}`,
  );
}

function parse(command: Command, words: readonly string[]): Arguments {
  const options = { ...command.options, ...COMMON };
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type }]) => [name, { type }]),
      ),
      allowPositionals: true,
    });
    return { operands: positionals, values: values as Arguments['values'] };
  } catch (error) {
    const reason = (error as Error).message.split('. To specify')[0];
    const there = Object.keys(options).map((name) => `--${name}`).join(', ');
    throw new UsageError(`${reason}. The options of ${command.name} are: ${there}`);
  }
}

function expectOperands(command: Command, { operands }: Arguments): void {
  const wanted = command.operands ?? [];
  if (operands.length === wanted.length) return;
  const usage = [command.name, ...wanted.map((operand) => `<${operand}>`)].join(' ');
  throw new UsageError(`Expected ${wanted.length || 'nothing'} after the command: ${usage}`);
}

function expectConsent(command: Command, given: Arguments): void {
  const question = command.asks?.(given);
  if (question && !given.values.yes) throw new UsageError(`${question}. To do so, add --yes`);
}
