/**
 * Schema of messages in API documents.
 *
 * @module
 */
import * as v from 'valibot';

/** A code with its parameters, for clients that format messages in their own language. */
export const MessageSchema = v.object({
  code: v.pipe(v.string(), v.description('Stable; a client shows the text beside for others')),
  params: v.record(v.string(), v.unknown()),
});

/** Omitted by servers older than the field. */
export const details = v.optional(
  v.pipe(MessageSchema, v.description('The same as a code with parameters, for translation')),
);

export const nullableDetails = v.optional(
  v.pipe(
    v.nullable(MessageSchema),
    v.description('The same as a code with parameters, for translation'),
  ),
);
