/**
 * Processor of a media type: one of this program, or an external service.
 *
 * @module
 */
import type { Detected, Elsewhere } from './protocol.ts';
import { processorFor } from './registry.ts';

/** Throws {@link ProcessingError} `unsupported_type`. */
export function readerOf(
  mediaType: string,
  elsewhere?: Elsewhere | null,
): Pick<Detected, 'processor' | 'version' | 'step'> {
  if (elsewhere?.mediaTypes.some((pattern) => matches(pattern, mediaType))) {
    const step = /^(audio|video)\//.test(mediaType) ? 'transcribe' : 'extract';
    return { processor: elsewhere.processor, version: elsewhere.version, step };
  }
  const { id, version, step } = processorFor(mediaType);
  return { processor: id, version, step };
}

function matches(pattern: string, mediaType: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('/*')
    ? mediaType.startsWith(pattern.slice(0, -1))
    : mediaType === pattern;
}
