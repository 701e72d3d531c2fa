/**
 * Errors of unreadable documents: one function for each reason.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { DocumentKind, LimitUnit } from '#contract/messages/failures.ts';
import { ProcessingError } from '../processor.ts';

export function emptyFile(): ProcessingError {
  return new ProcessingError('empty_file', message('empty_file'));
}

export function emptyText(what: DocumentKind): ProcessingError {
  return new ProcessingError('empty_text', message('empty_document', { what }));
}

export function brokenFile(what: DocumentKind, cause?: unknown): ProcessingError {
  return new ProcessingError('broken_file', message('damaged_document', { what }), { cause });
}

export function encryptedFile(what: DocumentKind): ProcessingError {
  return new ProcessingError('encrypted_file', message('encrypted_document', { what }));
}

export function imageOnly(): ProcessingError {
  return new ProcessingError('image_only', message('image_only'));
}

export function xfaForm(): ProcessingError {
  return new ProcessingError('unsupported_type', message('dynamic_form'));
}

export function tooLargeInside(
  what: DocumentKind,
  most: number,
  unit: LimitUnit,
): ProcessingError {
  const reason = message('too_large_document', { what, most, unit });
  return new ProcessingError('too_large_inside', reason);
}

/** For a media type that no processor reads. */
export function unsupportedType(mediaType: string): ProcessingError {
  const reason = message('unsupported_type', { media_type: mediaType });
  return new ProcessingError('unsupported_type', reason);
}
