import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../../backend/log/describe-error.ts';
import { createLog } from '../../../backend/log/log.ts';
import { createRedactor, passwordsIn } from '../../../backend/log/redact.ts';

const FORMATS = ['json', 'text'] as const;
const NOON = new Date('2026-05-01T12:00:00.000Z');

function logging(options: Partial<Parameters<typeof createLog>[0]> = {}) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  return { lines, log: createLog({ format: 'json', write, now: () => NOON, ...options }) };
}

describe('createLog()', () => {
  test('writes an object a line, or text that reads well', () => {
    const fields = { request_id: 'r1', status: 200, code: null, more: { a: [1] } };
    const json = logging();
    json.log.info('Request\nwith two lines', fields);
    expect(json.lines).toHaveLength(1);
    expect(json.lines[0]).not.toContain('\n');
    expect(JSON.parse(json.lines[0] ?? '')).toEqual({
      time: NOON.toISOString(),
      level: 'info',
      message: 'Request\nwith two lines',
      ...fields,
    });
    const text = logging({ format: 'text', fields: { worker: 7 } });
    text.log.error('Broken', fields);
    expect(text.lines)
      .toEqual(['12:00:00 error Broken worker=7 request_id=r1 status=200 more={"a":[1]}']);
  });

  test('drops what is below its level', () => {
    const { lines, log } = logging({ level: 'warn' });
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['c', 'd']);
  });

  test('a secret given anywhere appears nowhere', () => {
    const secret = fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme' })
      .filter((text) => text.trim().length >= 8 && !'[hidden]'.includes(text.trim()));
    const wrap = fc.constantFrom<(secret: string) => unknown>(
      (text) => text,
      (text) => `before ${text} after`,
      (text) => encodeURIComponent(text),
      (text) => JSON.stringify({ [text]: text }),
      (text) => Deno.inspect({ text }),
      (text) => new Error(`Failed with ${text}`).stack,
      (text) => describeError(new Error('outer', { cause: new Error(text) })),
      (text) => ({ deep: [{ [text]: [text] }] }),
      (text) => `postgres://user:${encodeURIComponent(text)}@host/db`,
    );
    const inMessage = fc.boolean();
    fc.assert(
      fc.property(
        secret,
        wrap,
        inMessage,
        fc.constantFrom(...FORMATS),
        (own, put, first, format) => {
          const { lines, log } = logging({ format, secrets: [own] });
          const given = put(own);
          if (first && typeof given === 'string') log.error(given);
          else log.error('m', { given });
          const [line = ''] = lines;
          const plain = format === 'json'
            ? Deno.inspect(JSON.parse(line), { depth: 9, strAbbreviateSize: 1e9 })
            : line;
          for (const text of [line, plain]) {
            expect(text).not.toContain(own.trim());
            expect(text).not.toContain(encodeURIComponent(own.trim()));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('createRedactor()', () => {
  const redact = createRedactor([]);

  test.each<[string, string, string]>([
    ['a bearer token', 'Authorization: Bearer abc.def-_=', 'abc'],
    ['another kind of credentials', 'sent Basic dXNlcjpwYXNz to it', 'dXNlcjpwYXNz'],
    ['the secret of a webhook', 'signed with whsec_MfKQ9r8GKYqr+/w=', 'MfKQ'],
    ['a token by its look', 'got eyJhbGciOi.eyJpZCI6.c2ln', 'eyJpZCI6'],
    ['cookies', 'cookie: a=b; token=hush; c=d', 'hush'],
    ["a database's address", 'postgres://app:hu%40sh@db:5432/app', 'hu%40sh'],
    ['a key in a query', 'GET /x?a=1&access_token=hush&b=2', 'hush'],
    ['a key in JSON', '{"client_secret":"hush","b":1}', 'hush'],
    [
      'what a statement was given',
      'DrizzleQueryError: Failed query: select $1\nparams: hush,\nhush',
      'hush',
    ],
  ])('hides %s that it does not know', (_what, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[hidden]');
  });

  test('hides fields by their names', () => {
    const fields = {
      Cookie: 'x',
      authorization: ['y'],
      apiKey: 1,
      user_password: { z: 1 },
      id: 'i',
    };
    expect(redact(fields)).toEqual({
      Cookie: '[hidden]',
      authorization: '[hidden]',
      apiKey: '[hidden]',
      user_password: '[hidden]',
      id: 'i',
    });
  });

  test('leaves the rest as it is', () => {
    const entry = {
      message: 'Job 0f: failed (broken_file): This PDF is damaged. Token expired',
      ms: 1.5,
      none: null,
      list: ['a', 2],
    };
    expect(redact(entry)).toEqual(entry);
  });
});

describe('describeError()', () => {
  test('tells causes, codes and where it came from', () => {
    const cause = Object.assign(new Error('relation "x" does not exist'), {
      name: 'PostgresError',
      code: '42P01',
      detail: 'Failing row contains (the text of a file)',
    });
    const text = describeError(new TypeError('Could not list', { cause }));
    expect(text).toMatch(/^TypeError: Could not list\n\s+at .*log\.test\.ts/);
    expect(text).toContain('\nCaused by PostgresError: relation "x" does not exist (code=42P01)');
    expect(text).not.toContain('the text of a file');
  });

  test('leaves out what a statement was given, even where that looks like a stack', () => {
    const error = new Error(
      'Failed query: insert into part values ($1)\nparams: the text\n    at home of a file',
    );
    const text = describeError(error);
    expect(text).toMatch(
      /^Error: Failed query: insert into part values \(\$1\)\n\s+at .*log\.test/,
    );
    expect(text).not.toContain('of a file');
  });

  test('takes anything that was thrown, and ends', () => {
    const round = new Error('round');
    round.cause = round;
    expect(describeError(round).match(/round/g)?.length).toBeLessThan(20);
    for (const odd of [undefined, null, 'text', 7, { a: 1 }]) {
      expect(describeError(odd)).toEqual(expect.any(String));
    }
    expect(describeError(new Error('x'.repeat(10_000))).length).toBeLessThan(4_000);
  });
});

test('passwordsIn() gives the password of an address, as it stands there and decoded', () => {
  expect(passwordsIn('postgres://app:h%40sh@db/app')).toEqual(['h%40sh', 'h@sh']);
  expect(passwordsIn('postgres://app@db/app')).toEqual([]);
  expect(passwordsIn('nonsense')).toEqual([]);
  expect(passwordsIn(null)).toEqual([]);
});
