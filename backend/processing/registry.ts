/**
 * Processors by media type.
 *
 * @module
 */
import { documentProcessors } from './extract/documents.ts';
import { unsupportedType } from './extract/failures.ts';
import type { Processor } from './processor.ts';
import { speechProcessor } from './transcribe/transcribe.ts';

const processors: readonly Processor[] = [...documentProcessors, speechProcessor];

const byMediaType = new Map(
  processors.flatMap((processor) => processor.mediaTypes.map((type) => [type, processor] as const)),
);

/** The processor of a media type. Throws {@link ProcessingError} `unsupported_type`. */
export function processorFor(mediaType: string): Processor {
  const found = byMediaType.get(mediaType);
  if (found) return found;
  throw unsupportedType(mediaType);
}
