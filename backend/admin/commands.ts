/**
 * All commands, in the order in which the help names them.
 *
 * @module
 */
import { backup } from './backup.ts';
import { cancel } from './cancel.ts';
import { check } from './check.ts';
import { clearStale } from './clear-stale.ts';
import type { Command } from './command.ts';
import { inspect } from './inspect.ts';
import { jobs } from './jobs.ts';
import { restore } from './restore.ts';
import { replay, retry } from './retry.ts';
import { status } from './status.ts';

export const COMMANDS: readonly Command[] = [
  status,
  jobs,
  inspect,
  retry,
  replay,
  cancel,
  clearStale,
  check,
  backup,
  restore,
];
