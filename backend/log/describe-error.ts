/**
 * An error with its causes and stack, without the parameters of statements.
 *
 * @module
 */

const LONGEST_MESSAGE = 2_000;
const MOST_CAUSES = 8;

/** Fields that identify the failure; others of a database's errors quote whole rows. */
const TELLING = ['code', 'constraint_name', 'table_name', 'column_name', 'routine'] as const;

/** For the log only. */
export function describeError(error: unknown): string {
  const described: string[] = [];
  for (let at = error; at !== undefined && described.length < MOST_CAUSES; at = causeOf(at)) {
    described.push(describeOne(at));
  }
  return described.join('\nCaused by ');
}

const causeOf = (error: unknown) => error instanceof Error ? error.cause : undefined;

function describeOne(error: unknown): string {
  if (!(error instanceof Error)) return cut(String(error));
  const { name, message, stack = '' } = error;
  const head = message ? `${name}: ${message}` : name;
  // A message may hold lines that look like a stack: the stack begins after it.
  const at = stack.indexOf(message);
  const frames = at >= 0 ? stack.slice(at + message.length) : '';
  return cut(withoutParameters(head)) + fieldsOf(error) + frames;
}

function withoutParameters(text: string): string {
  return text.startsWith('Failed query') || text.includes(': Failed query: ')
    ? text.replace(/\nparams:[\s\S]*$/, '')
    : text;
}

function fieldsOf(error: Error): string {
  const fields = TELLING.flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return value === undefined || value === null ? [] : [`${key}=${String(value)}`];
  });
  return fields.length > 0 ? ` (${fields.join(', ')})` : '';
}

function cut(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)} …` : text;
}
