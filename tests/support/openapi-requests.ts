/**
 * Requests made from the OpenAPI document: valid ones, nearly valid ones, and rubbish.
 *
 * @module
 */
import fc from 'fast-check';

/** As much of a JSON schema as the document uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A request before ids are put in the place of `@knowledge@`, `@file@`, `@session@`, `@job@`. */
export interface Planned {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, bytes as numbers, or none. */
  readonly body: string | readonly number[] | null;
  readonly by: 'admin' | 'owner' | 'other' | 'nobody' | 'rubbish';
}

const IDS = ['@knowledge@', '@file@', '@session@', '@job@'];

const oddString = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\u202egnp.exe',
    '🎧'.repeat(100),
    '../../etc/passwd',
    "'; drop table file; --",
    '%',
    '%00',
    '%_\\',
    '<script>alert(1)</script>',
    '{{7*7}}',
    'null',
    'NaN',
    '-1',
    '1e309',
    '99999999999999999999',
    '__proto__',
    'constructor',
    '00000000-0000-0000-0000-000000000000',
    'x'.repeat(5_000),
    '"open phrase',
    '- - -or or',
    ',,,,',
    '*'.repeat(50),
    '-'.repeat(56),
    'a\u0001b',
  ),
  fc.string({ maxLength: 30, unit: 'binary' }),
);
const oddNumber = fc.oneof(
  fc.constantFrom(-1, 0, -0, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 63, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddString,
  oddNumber,
  fc.constantFrom(null, true, false, [], {}, [[]], { __proto__: null }),
  fc.jsonValue({ maxDepth: 3 }),
);

const named = (name: string) => /(^|_)ids?$/.test(name);
const anyId = fc.constantFrom(...IDS);
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/job/, '@job@'],
  [/file/, '@file@'],
  [/knowledge/, '@knowledge@'],
];

/** The kind of id that is meant: by its name, or where it is just an id by what is in front. */
function idFor(path: string, name: string): fc.Arbitrary<string> {
  const says = name === 'id' ? path.slice(0, path.indexOf('{')) : name;
  const [, likely = '@session@'] = KINDS.find(([pattern]) => pattern.test(says)) ?? [];
  return fc.oneof({ weight: 8, arbitrary: fc.constant(likely) }, { weight: 1, arbitrary: anyId });
}

/** Values that the schema allows, or nearly. */
function valid(schema: Schema, path: string, name = ''): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => valid(each, path, name)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return objectOf(schema, path);
    case 'array':
      return fc.array(valid(schema.items ?? {}, path, name), {
        maxLength: Math.min(5, schema.maxItems ?? 5),
      });
    case 'string':
      return stringOf(schema, path, name);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return oddValue;
  }
}

function objectOf(schema: Schema, path: string): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {});
  const model = Object.fromEntries(
    properties.map(([name, each]) => [name, nearly(valid(each, path, name))]),
  );
  const optional = fc.record(model, { requiredKeys: [...(schema.required ?? [])] });
  return fc.oneof(
    { weight: 9, arbitrary: optional },
    { weight: 1, arbitrary: fc.record(model, { requiredKeys: [] }) },
  );
}

/** Now and then something else altogether. */
const nearly = (arbitrary: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary }, { weight: 1, arbitrary: oddValue });

function stringOf(schema: Schema, path: string, name: string): fc.Arbitrary<string> {
  if (named(name)) return idFor(path, name);
  if (schema.pattern?.startsWith('^\\d')) return fc.nat(500).map(String);
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
  const { minLength = 0, maxLength = 40 } = schema;
  const plain = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) });
  return fc.oneof(plain, oddString.filter((text) => text.length <= maxLength));
}

function numberOf({ minimum = 0, maximum = 100 }: Schema): fc.Arbitrary<number> {
  const max = Math.min(maximum, Number.MAX_SAFE_INTEGER);
  return fc.oneof(fc.integer({ min: minimum, max: Math.min(max, 100) }), fc.constant(max));
}

/** A segment or a query's value as it goes into the address, now and then encoded wrongly. */
const encoded = (value: string) => encodeURIComponent(value.toWellFormed()).replaceAll('%40', '@');
const rawSegment = fc.constantFrom(
  '%',
  '%zz',
  '%00',
  '%ff',
  '..',
  '.',
  '%2e%2e',
  ';',
  '?',
  '#',
  '',
);

const oddHeaders = fc.dictionary(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'accept-language',
    'authorization',
    'content-encoding',
    'content-type',
    'cookie',
    'forwarded',
    'host',
    'if-match',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'operation-id',
    'origin',
    'prefer',
    'range',
    'sec-fetch-site',
    'x-forwarded-proto',
    'x-request-id',
    'content-length',
    'transfer-encoding',
    'tus-resumable',
    'upload-checksum',
    'upload-concat',
    'upload-defer-length',
    'upload-length',
    'upload-metadata',
    'upload-offset',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-http-method-override',
  ),
  fc.oneof(
    fc.constantFrom(
      '*',
      '"x"',
      'W/"x", "y"',
      'bytes=0-',
      'bytes=5-1',
      'bytes=-0',
      'bytes=99999999999999999999-',
      'bytes=0-0,2-3,5-',
      'wait=0',
      'wait=-1',
      'wait=x',
      'text/html',
      'application/json',
      'application/json; charset=utf-16',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'multipart/form-data; boundary=x',
      'null',
      'https://evil.example',
      'cross-site',
      'x'.repeat(3_000),
      '-1',
      '1',
      '1.0.0',
      'a b',
      'localhost/api/v1/me',
      'filename YQ==,knowledge_id !',
      'final;/api/v1/uploads/x',
      'Bearer x',
      'token=%zz',
      'DELETE',
    ),
    fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
  ),
  { maxKeys: 2 },
);

type Body = Pick<Planned, 'body'> & { readonly type?: string };

function jsonBody(schema: Schema, path: string): fc.Arbitrary<Body> {
  const type = 'application/json';
  const good = valid(schema, path).map((value) => ({ type, body: JSON.stringify(value) }));
  const cut = fc.tuple(good, fc.nat(100)).map(([{ body }, at]) => ({
    type,
    body: body.slice(0, at),
  }));
  const other = oddValue.map((value) => ({ type, body: JSON.stringify(value) ?? '' }));
  const wrong = good.map(({ body }) => ({ type: 'text/plain', body }));
  const rubbish = fc.constantFrom<Body>(
    { type, body: null },
    { type, body: '' },
    { type, body: '{' },
    { type, body: '['.repeat(20_000) },
    { type, body: `{"a":`.repeat(2_000) },
    { type, body: '\ufeff{}' },
    { type, body: '{"name":"a","name":1e999}' },
    { type, body: '{"__proto__":{"role":"admin"}}' },
    { type, body: [0xff, 0xfe, 0x00, 0x7b] },
    { type, body: 'NaN' },
  );
  return fc.oneof(
    { weight: 10, arbitrary: good },
    { weight: 1, arbitrary: cut },
    { weight: 2, arbitrary: other },
    { weight: 1, arbitrary: wrong },
    { weight: 1, arbitrary: rubbish },
  );
}

/** A form with `metadata` and `file`, whole, cut, or not quite a form. */
function formBody(): fc.Arbitrary<Body> {
  const type = 'multipart/form-data; boundary=cut';
  const metadata = fc.oneof(
    fc.constantFrom(
      '{"knowledge_id":"@knowledge@"}',
      '{"job_id":"@job@"}',
      '{"job_id":"x"}',
      '{"language":7}',
      '[]',
      '{',
      '{"a":"\\u0000"}',
      '{"knowledge_id":"@knowledge@","nested":{"a":[1,2,{}]}}',
    ),
    oddString,
  );
  const name = oddString.map((text) => text.replace(/[\r\n"]/g, '_').toWellFormed());
  const form = fc.tuple(metadata, name, oddString, fc.nat(3)).map(([json, file, content, odd]) => {
    const fields = odd === 1
      ? ''
      : `--cut\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n${json}\r\n`;
    const part =
      `--cut\r\ncontent-disposition: form-data; name="file"; filename="${file}"\r\n\r\n${content}\r\n`;
    return { type, body: `${fields}${odd === 2 ? part : ''}${part}--cut--\r\n` };
  });
  const cut = fc.tuple(form, fc.nat(200)).map(([{ body }, at]) => ({
    type,
    body: body.slice(0, at),
  }));
  const rubbish = fc.constantFrom<Body>(
    { type, body: null },
    { type, body: '' },
    { type: 'multipart/form-data', body: 'x' },
    { type: 'application/json', body: '{}' },
    { type: 'multipart/mixed; boundary=cut', body: '--cut--' },
    { type, body: [0, 1, 2, 255] },
  );
  return fc.oneof({ weight: 5, arbitrary: form }, { weight: 2, arbitrary: cut }, rubbish);
}

function bodyOf({ requestBody }: Operation, path: string): fc.Arbitrary<Body> {
  const content = requestBody?.content ?? {};
  if (content['multipart/form-data']) return formBody();
  const schema = content['application/json']?.schema;
  if (schema) return jsonBody(schema, path);
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant<Body>({ body: null }) },
    { weight: 1, arbitrary: fc.constant<Body>({ type: 'application/json', body: '{"x":1}' }) },
  );
}

function addressOf(path: string, { parameters = [] }: Operation): fc.Arbitrary<string> {
  const pieces = path.split(/\{(\w+)\}/);
  const segments = pieces.map((piece, at) =>
    at % 2 === 0 ? fc.constant(piece) : fc.oneof(
      { weight: 12, arbitrary: idFor(path, piece).map(encoded) },
      { weight: 2, arbitrary: oddString.map(encoded) },
      { weight: 1, arbitrary: rawSegment },
    )
  );
  const query = parameters.filter((each) => each.in === 'query').map(({ name, schema }) =>
    fc.option(
      nearly(valid(schema, path, name)).map((value) =>
        `${name}=${encoded(typeof value === 'string' ? value : JSON.stringify(value) ?? '')}`
      ),
      { nil: '', freq: 3 },
    )
  );
  return fc.tuple(fc.tuple(...segments), fc.tuple(...query)).map(([parts, values]) => {
    const search = values.filter(Boolean).join('&');
    return parts.join('') + (search && `?${search}`);
  });
}

/** Requests to every operation, each as likely as another. */
export function requestsFrom({ paths }: Document): fc.Arbitrary<Planned> {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
  const by = fc.oneof(
    { weight: 10, arbitrary: fc.constant<Planned['by']>('admin') },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Planned['by']>('owner', 'other', 'nobody', 'rubbish'),
    },
  );
  return fc.oneof(...operations.map(({ path, method, operation }) =>
    fc.record({
      operation: fc.constant(`${method} ${path}`),
      method: fc.oneof(
        { weight: 40, arbitrary: fc.constant(method.toUpperCase()) },
        { weight: 1, arbitrary: fc.constantFrom('PUT', 'HEAD', 'OPTIONS', 'POST', 'GET') },
      ),
      path: addressOf(path, operation),
      sent: bodyOf(operation, path),
      odd: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, {
        weight: 1,
        arbitrary: oddHeaders,
      }),
      by,
    }).map(({ sent, odd, ...planned }): Planned => ({
      ...planned,
      body: ['GET', 'HEAD'].includes(planned.method) ? null : sent.body,
      headers: { ...(sent.type && { 'content-type': sent.type }), ...odd },
    }))
  ));
}
