/**
 * Settings of a slow analysis service.
 *
 * @module
 */
import { ANALYZER_ID } from '#contract/analysis.ts';
import * as v from 'valibot';
import type { AnalysisOptions } from '../analysis/analysis.ts';
import { httpUrl, list, positive, words } from './values.ts';

export const AnalysisVariables = v.object({
  ANALYSIS_ENDPOINT: httpUrl,
  ANALYSIS_KEY: words,
  ANALYSIS_TOKEN: words,
  ANALYSIS_API_VERSION: v.optional(
    v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'must be a version, like 2025-11-01')),
    '2025-11-01',
  ),
  ANALYSIS_ANALYZER: v.optional(
    v.pipe(v.string(), v.regex(ANALYZER_ID, 'must be the id of an analyzer')),
    'prebuilt-documentSearch',
  ),
  ANALYSIS_MEDIA_TYPES: v.optional(
    v.pipe(
      list,
      v.transform((types) => types.map((type) => type.toLowerCase())),
      v.check(
        (types) => types.every((type) => /^[\w.+-]+\/([\w.+-]+|\*)$/.test(type)),
        'must be media types like application/pdf or image/*, with commas between them',
      ),
    ),
    '',
  ),
  ANALYSIS_RESULT_SECONDS: positive(3600),
  ANALYSIS_BUDGET_SECONDS: positive(3600),
  ANALYSIS_LOOK_UP: v.optional(
    v.picklist(['admins', 'everyone'], 'must be admins or everyone'),
    'admins',
  ),
});
type Given = v.InferOutput<typeof AnalysisVariables>;

export function conflictsOfAnalysis(settings: Given): string[] {
  const { ANALYSIS_ENDPOINT, ANALYSIS_KEY, ANALYSIS_TOKEN } = settings;
  if (ANALYSIS_KEY && ANALYSIS_TOKEN) return ['ANALYSIS_KEY and ANALYSIS_TOKEN exclude each other'];
  const needless = (['ANALYSIS_KEY', 'ANALYSIS_TOKEN'] as const).filter((name) => settings[name]);
  return ANALYSIS_ENDPOINT ? [] : needless.map((name) => `${name} needs ANALYSIS_ENDPOINT`);
}

/** Null if none is set up. */
export function analysisOf(settings: Given): AnalysisOptions | null {
  if (!settings.ANALYSIS_ENDPOINT) return null;
  return {
    endpoint: settings.ANALYSIS_ENDPOINT,
    key: settings.ANALYSIS_KEY ?? null,
    token: settings.ANALYSIS_TOKEN ?? null,
    apiVersion: settings.ANALYSIS_API_VERSION,
    analyzer: settings.ANALYSIS_ANALYZER,
    mediaTypes: settings.ANALYSIS_MEDIA_TYPES,
    resultSeconds: settings.ANALYSIS_RESULT_SECONDS,
    budgetSeconds: settings.ANALYSIS_BUDGET_SECONDS,
    lookUp: settings.ANALYSIS_LOOK_UP,
  };
}
