/**
 * Processing settings of files: the extractor and the language.
 *
 * @module
 */
import * as v from 'valibot';
import { ANALYZER_ID } from './analysis.ts';
import { Language } from './language.ts';

const Analyzer = v.pipe(
  v.string(),
  v.maxLength(64),
  v.regex(ANALYZER_ID, 'must be the id of an analyzer, like prebuilt-documentSearch'),
);

/** Processing settings of a knowledge base. */
export const ProcessingSettings = v.object({
  analyzer: v.pipe(
    v.nullable(v.string()),
    v.description('Its files are analysed by this analyzer; null: they are read here'),
  ),
  language: v.pipe(v.nullable(v.string()), v.description('Of files that declare none, BCP 47')),
});
export type ProcessingSettings = v.InferOutput<typeof ProcessingSettings>;

/** Response of `GET /knowledge/{id}/processing`. */
export const KnowledgeProcessing = v.object({
  ...ProcessingSettings.entries,
  speech_languages: v.pipe(
    v.nullable(v.array(v.string())),
    v.description('Languages in which recordings can be transcribed here; null: any'),
  ),
});
export type KnowledgeProcessing = v.InferOutput<typeof KnowledgeProcessing>;

/** Body of `PATCH /knowledge/{id}/processing`. */
export const ChangeProcessing = v.strictObject({
  analyzer: v.optional(v.nullable(Analyzer)),
  language: v.optional(v.nullable(Language)),
});
export type ChangeProcessing = v.InferOutput<typeof ChangeProcessing>;

/** Response of `GET /files/{id}/processing`, and body of its `PATCH`. */
export const FileProcessing = v.strictObject({
  language: v.pipe(
    v.nullable(Language),
    v.description('BCP 47; null: what its session or knowledge base says'),
  ),
});
export type FileProcessing = v.InferOutput<typeof FileProcessing>;
