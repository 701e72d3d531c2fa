/**
 * Detects doubtful texts: signs that an extracted text differs from the file's, whatever extracted
 * it.
 *
 * @module
 */
import { addNotices, type Notice } from '#contract/notices.ts';
import type { ProcessedPart, ProcessEvent } from './processor.ts';

/** The same events; parts with doubtful texts carry notices of them. */
export async function* withDoubts(
  events: AsyncIterable<ProcessEvent>,
): AsyncGenerator<ProcessEvent> {
  for await (const event of events) {
    if (event.type !== 'parts') {
      yield event;
      continue;
    }
    const notices = addNotices(event.notices ?? [], event.parts.flatMap(doubtsOf));
    yield notices.length > 0 ? { ...event, notices } : event;
  }
}

/** The replacement for bytes that are no character. */
const REPLACEMENT = /\uFFFD/g;

/**
 * Control characters that no text contains, and the pairs that UTF-8 leaves when it is decoded as
 * Windows-1252: `Ã¤`, `Â§`, `â€™`.
 */
const DOUBTFUL =
  /[\u0080-\u0084\u0086-\u009F]|Ã[\u00A0-\u00BFƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Â[\u00A0-\u00BF]|â€[\u0080-\u00BF˜™œžŸ“”¢¦¡]/g;

/** Minimum number: a single pair may be intended. */
const LEAST_DOUBTFUL = 2;

function doubtsOf({ kind, text }: ProcessedPart): Notice[] {
  const notices: Notice[] = [];
  const undecodable = countOf(text, REPLACEMENT);
  if (undecodable > 0) {
    notices.push({ code: 'characters_undecodable', params: { count: undecodable } });
  }
  const doubtful = countOf(text, DOUBTFUL);
  if (doubtful >= LEAST_DOUBTFUL) {
    notices.push({ code: 'characters_doubtful', params: { count: doubtful } });
  }
  if (kind === 'segment' && repeatsItself(text)) {
    notices.push({ code: 'words_repeated', params: { count: 1 } });
  }
  return notices;
}

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Maximum length in words of a sequence that recognisers were observed to repeat. */
const MOST_WORDS = 12;
/** Minimum consecutive repetitions that are not natural speech: of one word, and of several. */
const LEAST_REPETITIONS = { one: 8, several: 4 };

/** True if a sequence of words repeats itself many times: a loop of the recogniser. */
export function repeatsItself(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  for (let length = 1; length <= MOST_WORDS; length++) {
    const least = length === 1 ? LEAST_REPETITIONS.one : LEAST_REPETITIONS.several;
    let same = 0;
    for (let at = length; at < words.length; at++) {
      same = words[at] === words[at - length] ? same + 1 : 0;
      if (same >= length * (least - 1)) return true;
    }
  }
  return false;
}
