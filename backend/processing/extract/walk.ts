/**
 * Reads a document unit by unit (page, slide, sheet, …) and yields the events of a processor, so
 * that each format only defines its units.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { setImmediate } from 'node:timers/promises';
import type { PartKind } from '#contract/files.ts';
import type { Notice } from '#contract/notices.ts';
import type { Checkpoint, ProcessedPart, ProcessEvent } from '../processor.ts';
import { cleanText } from './text.ts';

/** Milliseconds after which the walk yields to the event loop, so that an abort can arrive. */
const TURN_MS = 20;

/** A part without an index yet. */
export interface Piece {
  readonly kind: PartKind;
  readonly label: string | null;
  readonly text: string;
  /** See {@link ProcessedPart}. */
  readonly separator?: string;
  /** Notices about it. */
  readonly notices?: readonly Notice[];
}

/** A document as a series of units, each giving one piece or more. */
export interface Units {
  readonly total: number;
  /** Name of a unit, for example `page`. */
  readonly unit: string;
  /** Reads unit `at`, counted from 0; the same result each time. */
  read(at: number): Promise<readonly Piece[]> | readonly Piece[];
  /** Creates the error for a document without any text. */
  empty(): Error;
}

/** Position to resume from: `piece` of `unit`, which will be part `index` of the file. */
interface Position {
  readonly unit: number;
  readonly piece: number;
  readonly index: number;
}

/**
 * Yields each piece with a checkpoint behind it. Pieces before the first with text wait for it, so
 * that a checkpoint exists only if text was found, and a file without any stores none.
 */
export async function* walk(
  units: Units,
  checkpoint: Checkpoint | null,
  signal: AbortSignal,
): AsyncGenerator<ProcessEvent> {
  signal.throwIfAborted();
  yield { type: 'size', total: units.total, unit: units.unit };
  const start = positionOf(checkpoint);
  const turn = turnTaker();
  let index = start.index;
  let waiting: ProcessedPart[] = [];
  let notices: Notice[] = [];
  let found = checkpoint !== null;
  for (let unit = start.unit; unit < units.total; unit++) {
    await turn();
    signal.throwIfAborted();
    const pieces = await units.read(unit);
    const at = { unit: units.unit, at: unit + 1, of: units.total };
    const now = message('unit', at);
    for (let piece = unit === start.unit ? start.piece : 0; piece < pieces.length; piece++) {
      signal.throwIfAborted();
      const { notices: remarks = [], ...next } = pieces[piece]!;
      notices.push(...remarks);
      const label = next.label && cleanText(next.label);
      waiting.push({ ...next, label, index: index++, start: null, end: null });
      found ||= next.text !== '';
      const fraction = (unit + (piece + 1) / pieces.length) / units.total;
      if (found) {
        const position: Position = { unit, piece: piece + 1, index };
        yield {
          ...{ type: 'parts', parts: waiting, checkpoint: { ...position }, fraction, message: now },
          ...(notices.length > 0 && { notices }),
        };
        waiting = [];
        notices = [];
      } else yield { type: 'progress', fraction, message: now };
    }
  }
  if (!found) throw units.empty();
}

function positionOf(checkpoint: Checkpoint | null): Position {
  return checkpoint === null ? { unit: 0, piece: 0, index: 0 } : checkpoint as unknown as Position;
}

/** Yields to timers and messages once {@link TURN_MS} have passed since the last time. */
export function turnTaker(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    // `setImmediate`, because a timer of no length takes more than a millisecond.
    await setImmediate();
    last = performance.now();
  };
}

/**
 * Units for texts that are in memory as sections.
 *
 * @param notices about the whole document, published with its first section
 */
export function sectionUnits(
  sections: readonly (Partial<Piece> & Pick<Piece, 'text'>)[],
  empty: () => Error,
  notices?: readonly Notice[],
): Units {
  return {
    total: sections.length,
    unit: 'section',
    read: (at) => [
      { kind: 'section', label: null, ...sections[at]!, ...at === 0 && notices && { notices } },
    ],
    empty,
  };
}
