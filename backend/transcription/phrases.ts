/**
 * Parses the responses of a service.
 *
 * @module
 */
import * as v from 'valibot';

/** A stretch of speech; times are seconds from the beginning of the sound. */
export interface Phrase {
  readonly text: string;
  /** Null if the service gives no times: the phrase is anywhere in the sound. */
  readonly times: { readonly start: number; readonly end: number } | null;
}

const Answer = v.object({
  text: v.string(),
  segments: v.nullish(v.array(v.object({
    text: v.string(),
    start: v.pipe(v.number(), v.finite()),
    end: v.pipe(v.number(), v.finite()),
  }))),
});

/** Phrases of a `verbose_json` response, or of a plain `json` one; null for anything else. */
export function phrasesOf(body: string): Phrase[] | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), body);
  if (!parsed.success) return null;
  const { text, segments } = parsed.output;
  const timed = (segments ?? []).map(({ text, start, end }) => ({
    text: tidy(text),
    times: { start, end },
  }));
  const phrases = timed.length > 0 ? timed : [{ text: tidy(text), times: null }];
  return phrases.filter(({ text }) => text !== '');
}

function tidy(text: string): string {
  return text.replaceAll('\0', '').toWellFormed().replace(/\s+/g, ' ').trim();
}

/**
 * The phrases in times of the recording, for sound from `start` to `end`. They lie within it, and
 * none begins before the one in front.
 */
export function placed(
  phrases: readonly Phrase[],
  { start, end }: { readonly start: number; readonly end: number },
): { text: string; start: number; end: number }[] {
  let from = start;
  return phrases.map(({ text, times }) => {
    const begins = clamp(start + (times?.start ?? 0), from, end);
    const ends = times ? clamp(start + times.end, begins, end) : end;
    from = ends;
    return { text, start: milliseconds(begins), end: milliseconds(ends) };
  });
}

const clamp = (value: number, least: number, most: number) =>
  Math.min(most, Math.max(least, value));
const milliseconds = (seconds: number) => Math.round(seconds * 1_000) / 1_000;
