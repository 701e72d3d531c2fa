/**
 * The interface of a command of the operators' command line.
 *
 * @module
 */
import type { OpenOptions, Place } from './place.ts';

/** One `--option` for `parseArgs`, with its help text. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly about: string;
  /** Name of its value in the help. */
  readonly value?: string;
}

export interface Arguments {
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** Result of a command, for machines and for people. */
export interface Report {
  readonly data: unknown;
  readonly text: string;
  /** @default 0 */
  readonly exitCode?: number;
}

export interface Command extends OpenOptions {
  readonly name: string;
  readonly about: string;
  /** Names of the required operands. */
  readonly operands?: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
  /** Confirmation that `--yes` gives; null if these arguments need none. */
  readonly asks?: (given: Arguments) => string | null;
  run(place: Place, given: Arguments): Promise<Report>;
}

export const EXIT = { done: 0, failed: 1, usage: 2, inconsistent: 3 } as const;

/** The command line is invalid; the message lists the alternatives. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The text after an option, or undefined. */
export function textOf({ values }: Arguments, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The whole number after an option. Throws {@link UsageError}. */
export function numberOf(given: Arguments, name: string, fallback: number): number {
  const text = textOf(given, name);
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be a whole number: ${text}`);
}

/** The choice after an option. Throws {@link UsageError}. */
export function choiceOf<T extends string>(
  given: Arguments,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = textOf(given, name);
  const choice = choices.find((one) => one === text);
  if (choice !== undefined || text === undefined) return choice;
  throw new UsageError(`--${name} must be one of ${choices.join(', ')}: ${text}`);
}
