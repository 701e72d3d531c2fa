/**
 * Every message of the backend, and its English text.
 *
 * @module
 */
import { type FailureMessages, failuresEnglish } from './failures.ts';
import { type RefusalMessages, refusalsEnglish } from './refusals.ts';
import { type ServiceMessages, servicesEnglish } from './services.ts';
import type { MessageDetails, None, Say, TextsOf } from './shape.ts';
import { type UploadRefusalMessages, uploadRefusalsEnglish } from './upload-refusals.ts';
import { workEnglish, type WorkMessages } from './work.ts';

/** Codes with their parameters. */
export interface MessageParams
  extends WorkMessages, FailureMessages, ServiceMessages, RefusalMessages, UploadRefusalMessages {}

export type MessageCode = keyof MessageParams;

export type MessageOf<Code extends MessageCode> = {
  readonly code: Code;
  readonly params: MessageParams[Code];
};

/** Union of all messages, discriminated by `code`. */
export type Message = { [Code in MessageCode]: MessageOf<Code> }[MessageCode];

/** Makes a message. */
export function message<Code extends MessageCode>(
  code: Code,
  ...[params]: None extends MessageParams[Code] ? [] : [params: MessageParams[Code]]
): MessageOf<Code> {
  return { code, params: (params ?? {}) as MessageParams[Code] };
}

/** Creates a message with a text of an app's own, shown unchanged in every language. */
export const text = (words: string): MessageOf<'text'> => message('text', { text: words });

/** Narrows a message to a code. */
export const isA = <Code extends MessageCode>(
  message: MessageDetails,
  code: Code,
): message is MessageOf<Code> => message.code === code;

/** A text for every message. */
export type MessageTexts = TextsOf<MessageParams>;

export const englishTexts: MessageTexts = {
  ...workEnglish,
  ...failuresEnglish,
  ...servicesEnglish,
  ...refusalsEnglish,
  ...uploadRefusalsEnglish,
};

/** True if this version knows the code. */
export const isKnown = ({ code }: MessageDetails): boolean => Object.hasOwn(englishTexts, code);

/** Creates the formatter of one language. It returns null for an unknown code. */
export function createFormatter(
  texts: MessageTexts,
): (message: MessageDetails) => string | null {
  const say = (inner: MessageDetails): string => format(inner) ?? inner.code;
  const format = ({ code, params }: MessageDetails): string | null => {
    if (!Object.hasOwn(texts, code)) return null;
    const write = texts[code as MessageCode] as (params: unknown, say: Say) => string;
    try {
      return write(params, say);
    } catch {
      // Another version uses other parameters for this code.
      return null;
    }
  };
  return format;
}

const formatEnglish = createFormatter(englishTexts);

/** English text of a message, as API clients read it. */
export const formatMessage = (message: MessageDetails): string =>
  formatEnglish(message) ?? message.code;
