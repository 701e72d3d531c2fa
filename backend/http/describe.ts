/**
 * Describes a route and validates its input, both from one schema.
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
  /** Responses by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Properties of a multipart/form-data body; a JSON body is described by its {@link check}. */
  readonly form?: Readonly<Record<string, FormProperty>>;
  /** Problem codes of this route beyond those of every route. */
  readonly problems?: readonly ProblemCode[];
}

interface Answer {
  /** Schema of the JSON; `null` where there is none. */
  readonly schema: Schema | null;
  readonly as: string;
  /** Alternative text media types. */
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

/** Maximum number of validation issues in a response. */
const MOST_ISSUES = 20;

interface Checked {
  readonly success: boolean;
  /** The input as received. */
  readonly data: unknown;
  readonly error?: readonly { message: string; path?: readonly unknown[] }[];
}

/** Media types that the router parses as JSON; a body of any other type reads as empty. */
const JSON_TYPE = /^application\/([a-z-.]+\+)?json(;\s*[a-zA-Z0-9-]+=([^;]+))*$/;

/**
 * Validates one part of the input. Throws {@link AppError}: `invalid`, which names every field, or
 * `unsupported_media_type` for a body that is declared as something other than JSON.
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
      // An object schema whose keys are all optional would accept a list as an empty object.
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
