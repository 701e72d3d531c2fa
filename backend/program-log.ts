/**
 * The log of one of the programs: to standard error, without the secrets of its settings. Messages
 * to the user who started the program go to standard output, and are not logged.
 *
 * @module
 */
import type { Config } from './config.ts';
import { createLog, type Fields, type Log } from './log/log.ts';
import { passwordsIn } from './log/redact.ts';

/** @param databaseUrl of the database that is used, where the settings name none */
export function createProgramLog(
  { tokens, analysis, transcription, mail, databaseUrl: configured, logFormat, logLevel }: Config,
  databaseUrl: string | null,
  fields: Fields = {},
): Log {
  return createLog({
    format: logFormat ?? (Deno.stderr.isTerminal() ? 'text' : 'json'),
    level: logLevel,
    secrets: [
      ...(tokens?.secret ? [tokens.secret] : []),
      ...(analysis?.key ? [analysis.key] : []),
      ...(typeof transcription?.key === 'string' ? [transcription.key] : []),
      ...(typeof analysis?.token === 'string' ? [analysis.token] : []),
      ...passwordsIn(mail?.smtpUrl ?? null),
      ...passwordsIn(configured),
      ...passwordsIn(databaseUrl),
    ],
    fields,
  });
}
