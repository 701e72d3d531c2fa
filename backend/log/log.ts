/**
 * The log: a line for each event, as JSON for machines or as text for a terminal.
 *
 * @module
 */
import { createRedactor } from './redact.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

export type Fields = Readonly<Record<string, unknown>>;
export type Log = Readonly<Record<Level, (message: string, fields?: Fields) => void>>;

export interface LogOptions {
  /** `json`: an object a line with `time`, `level`, `message` and the fields. */
  readonly format: 'json' | 'text';
  /** Minimum level. @default 'info' */
  readonly level?: Level;
  /** Values to redact everywhere. */
  readonly secrets?: readonly string[];
  /** Fields of every line. */
  readonly fields?: Fields;
  /** Writes a line; it has no line end. @default standard error */
  readonly write?: (line: string) => void;
  /** @default Date */
  readonly now?: () => Date;
}

export function createLog(options: LogOptions): Log {
  const { format, level = 'info', fields: always = {}, now = () => new Date() } = options;
  const { write = (line: string) => console.error(line) } = options;
  const redact = createRedactor(options.secrets ?? []);
  const least = LEVELS.indexOf(level);
  const at = (each: Level) => (message: string, fields: Fields = {}) => {
    if (LEVELS.indexOf(each) < least) return;
    const entry = redact({ message, ...always, ...fields }) as Fields;
    const time = now().toISOString();
    write(format === 'json' ? asJson(time, each, entry) : asText(time, each, entry));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function asJson(time: string, level: Level, fields: Fields): string {
  return JSON.stringify({ time, level, ...fields });
}

function asText(time: string, level: Level, { message, ...fields }: Fields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [time.slice(11, 19), level.padEnd(5), message, ...rest].join(' ');
}
