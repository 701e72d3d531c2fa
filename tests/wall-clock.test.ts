/**
 * The clock of a machine can be set back by hours. A duration within one process is therefore
 * measured by `performance.now()`, and a stored moment is compared with the database's time. Files
 * that read the wall clock all the same are listed here, each with its reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BACKEND = fileURLToPath(new URL('../backend/', import.meta.url));

const REASONS: Record<string, string> = {
  'access/sign-ins.ts': 'the expiry of a token comes from its issuer',
  'admin/backup.ts': 'shown: when a backup was made',
  'admin/checks/bytes.ts': 'compared with the modification times of files on the same machine',
  'knowledge/bases.ts': 'shown: columns of the app, which it fills from its wall clock',
  'knowledge/files.ts': 'shown: columns of the app, which it fills from its wall clock',
  'log/log.ts': 'shown: the time of a log line',
  'queue/clean.ts': 'compared with the modification times of stored bytes',
  'queue/job-ids.ts': 'part of an id, made monotonic there',
  'queue/remote-status.ts': 'turns a moment of this process into a distance, at once',
  'remote/request.ts': 'a date in an answer without a Date header',
  'remote/service.ts': 'shown: since when a service is down, and when it is tried again',
  'telling/deliver.ts': 'the timestamp of a signature, checked by the receiver',
  'uploads/disk-storage.ts': 'compared with the modification times of files on the same machine',
  'uploads/tus-store.ts': 'the tus server compares it with the wall clock at once',
};

/** Reads of the clock; a `Date` made of a given moment is none. */
const WALL_CLOCK =
  /\bDate\.now\b|\bnew Date(?:\(\s*\)|(?!\w|\())|(?<![\w.]|new )Date\(|\btimeOrigin\b|\bTemporal\.Now\b/;

const readsClock = (code: string) => code.split('\n').some((line) => WALL_CLOCK.test(line));

test('the pattern finds reads of the wall clock, and nothing else', () => {
  const reads = ['Date.now()', 'now = Date.now,', 'new Date()', 'new Date( )', '= Date()'];
  expect(reads.filter((line) => !readsClock(line))).toEqual([]);
  const others = ['new Date(1)', 'performance.now()', 'toDate(at)', 'Date.parse(text)', ': Date {'];
  expect(others.filter(readsClock)).toEqual([]);
});

test('only files with a reason read the wall clock', () => {
  const files = readdirSync(BACKEND, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'));
  const reading = files.filter((path) => readsClock(readFileSync(BACKEND + path, 'utf8')));
  expect(reading.sort()).toEqual(Object.keys(REASONS).sort());
});
