/**
 * How a route is described and how its input is checked, from one schema for both.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { Problem, type ProblemCode, PROBLEMS } from '#contract/problem.ts';
import type { Context, MiddlewareHandler } from 'hono';
import { describeRoute, type DescribeRouteOptions, resolver, validator } from 'hono-openapi';
import type { BaseIssue, BaseSchema } from 'valibot';
import type { Env } from './services.ts';

type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;

export interface Operation {
  readonly tag:
    | 'Progress'
    | 'Sessions'
    | 'Knowledge'
    | 'Files'
    | 'Search'
    | 'Uploads'
    | 'Background'
    | 'Jobs'
    | 'Analysis'
    | 'Processing'
    | 'Queue'
    | 'Webhooks'
    | 'System';
  readonly summary: string;
  readonly description?: string;
  /** Answers by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Properties of a multipart/form-data body; a JSON body is described by its {@link check}. */
  readonly form?: Readonly<Record<string, FormProperty>>;
  /** Codes this route may answer beyond those of every route. */
  readonly problems?: readonly ProblemCode[];
}

interface Answer {
  /** Of the JSON; `null` where there is none. */
  readonly schema: Schema | null;
  readonly as: string;
  /** Media types of text that it may be instead. */
  readonly texts?: readonly string[];
}

interface FormProperty {
  readonly type: 'string';
  readonly contentMediaType: string;
  readonly description: string;
}

const EVERYWHERE: readonly ProblemCode[] = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'too_many_requests',
  'internal',
  'unavailable',
];

/** Describes a route in the OpenAPI document. */
export function operation(
  { tag, answers, form, problems = [], ...rest }: Operation,
): MiddlewareHandler {
  const responses: NonNullable<DescribeRouteOptions['responses']> = {};
  for (const [status, { schema, as, texts = [] }] of Object.entries(answers)) {
    const text = texts.map((type) => [type, { schema: { type: 'string' as const } }]);
    const content = {
      ...(schema && { 'application/json': { schema: resolver(schema) } }),
      ...Object.fromEntries(text),
    };
    responses[status] = { description: as, ...(Object.keys(content).length > 0 && { content }) };
  }
  for (const code of [...problems, ...EVERYWHERE]) {
    const [status, title] = PROBLEMS[code];
    responses[status] ??= {
      description: title,
      content: { 'application/problem+json': { schema: resolver(Problem) } },
    };
  }
  const schema = { type: 'object' as const, properties: { ...form } };
  const requestBody = { content: { 'multipart/form-data': { schema } } };
  return describeRoute({ tags: [tag], responses, ...(form && { requestBody }), ...rest });
}

/** Faults of an input that an answer tells. */
const MOST_ISSUES = 20;

interface Checked {
  readonly success: boolean;
  /** What came in, as it came. */
  readonly data: unknown;
  readonly error?: readonly { message: string; path?: readonly unknown[] }[];
}

/** What the router reads as JSON; it takes a body of any other type for an empty one. */
const JSON_TYPE = /^application\/([a-z-.]+\+)?json(;\s*[a-zA-Z0-9-]+=([^;]+))*$/;

/**
 * Checks one part of the input. Throws {@link AppError}: `invalid`, which names every field, or
 * `unsupported_media_type` for a body that says it is something else than JSON.
 */
export function check<S extends Schema, T extends 'json' | 'query' | 'param'>(
  target: T,
  schema: S,
): ReturnType<typeof validator<S, T, Env, string>> {
  return validator<S, T, Env, string>(
    target,
    schema,
    ((result: Checked, c: Context) => {
      const sent = c.req.header('content-type');
      if (target === 'json' && sent && !JSON_TYPE.test(sent)) {
        throw new AppError('unsupported_media_type', message('json_needed'));
      }
      // A schema of an object whose keys are all optional would take a list for an empty one.
      if (target === 'json' && Array.isArray(result.data)) {
        throw new AppError('invalid', message('object_needed'));
      }
      if (result.success) return;
      const errors = (result.error ?? []).slice(0, MOST_ISSUES).map((issue) => ({
        path: (issue.path ?? []).map(keyOf).join('.'),
        message: issue.message,
      }));
      throw new AppError('invalid', message('invalid_input', { issues: errors }), { errors });
    }) as never,
  );
}

function keyOf(step: unknown): string {
  return typeof step === 'object' && step !== null && 'key' in step
    ? String(step.key)
    : String(step);
}
