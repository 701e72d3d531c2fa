/**
 * Remarks on pages that were recognised.
 *
 * @module
 */
import type { Notice } from '#contract/notices.ts';

/** Below this, words are likely to be wrong. */
const UNCERTAIN_CONFIDENCE = 65;

/** What is to be said of page `at`, counted from 0, which shows something. */
export function recognisedNotices(at: number, text: string, confidence: number): Notice[] {
  const pages = [at + 1];
  if (text === '') return [{ code: 'pages_without_text', params: { count: 1, pages } }];
  if (confidence >= UNCERTAIN_CONFIDENCE) return [];
  const params = { count: 1, pages, confidence: Math.round(confidence) };
  return [{ code: 'pages_uncertain', params }];
}
