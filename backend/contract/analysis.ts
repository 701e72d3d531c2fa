/**
 * Analyses by a slow external service: submitted in one request, polled in others.
 *
 * @module
 */
import * as v from 'valibot';
import { Id, listOf } from './bounds.ts';
import { details } from './messages/schema.ts';

/** Begins with a letter or digit; letters, digits, `.`, `_` and `-` after that. */
export const ANALYZER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const Input = v.strictObject({
  url: v.pipe(
    v.string(),
    v.maxLength(4096),
    v.check(
      (url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''),
      'must begin with https:// or http://',
    ),
  ),
  name: v.optional(v.pipe(v.string(), v.maxLength(1024))),
  mimeType: v.optional(v.pipe(v.string(), v.maxLength(255))),
});

/**
 * Body of `POST /analyzers/{id}:analyze`: URLs that the service fetches, or a file of Headway's.
 */
export const Analyze = v.pipe(
  v.strictObject({
    inputs: v.optional(v.pipe(listOf(Input, 10), v.minLength(1))),
    file_id: v.optional(Id),
    knowledge_id: v.optional(
      v.pipe(Id, v.description('Whoever may read it may read the results')),
    ),
  }),
  v.check(
    ({ inputs, file_id }) => (inputs === undefined) !== (file_id === undefined),
    'Send either inputs or a file_id',
  ),
);
export type Analyze = v.InferOutput<typeof Analyze>;

/** Response of `POST /analyzers/{id}:analyze`. */
export const AnalysisSubmitted = v.object({
  status: v.literal('submitted'),
  operationId: v.string(),
  resultsEndpoint: v.pipe(v.string(), v.description('Where to poll')),
});
export type AnalysisSubmitted = v.InferOutput<typeof AnalysisSubmitted>;

/** Response while the analysis is running. */
export const AnalysisProcessing = v.object({
  status: v.literal('processing'),
  message: v.string(),
  message_details: details,
  elapsed_seconds: v.number(),
});
export type AnalysisProcessing = v.InferOutput<typeof AnalysisProcessing>;

/** Response with the results. */
export const AnalysisResults = v.object({
  status: v.literal('succeeded'),
  operationId: v.string(),
  analyzerId: v.string(),
  result: v.pipe(v.unknown(), v.description('As the service gave it: contents, pages, fields')),
});
export type AnalysisResults = v.InferOutput<typeof AnalysisResults>;
