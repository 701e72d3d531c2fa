/**
 * Notices about recognised pages.
 *
 * @module
 */
import type { Notice } from '#contract/notices.ts';

/** Confidence below which words are likely to be wrong. */
const UNCERTAIN_CONFIDENCE = 65;

/** Notices about page `at`, counted from 0, which is not blank. */
export function recognisedNotices(at: number, text: string, confidence: number): Notice[] {
  const pages = [at + 1];
  if (text === '') return [{ code: 'pages_without_text', params: { count: 1, pages } }];
  if (confidence >= UNCERTAIN_CONFIDENCE) return [];
  const params = { count: 1, pages, confidence: Math.round(confidence) };
  return [{ code: 'pages_uncertain', params }];
}
