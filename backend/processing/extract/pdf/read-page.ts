/**
 * One page: its text layer, or recognised text if the layer is empty or unusable.
 *
 * @module
 */
import { isBlank } from '../ocr/pictures.ts';
import { recognisedNotices } from '../ocr/results.ts';
import { sharedRecogniser } from '../ocr/recogniser.ts';
import { tidyLines } from '../tidy-lines.ts';
import type { Piece } from '../walk.ts';
import type { PdfPage } from './document.ts';
import { type PageText, readPageText } from './page-text.ts';
import { isDrawn, pictureShare } from './pictures.ts';
import { renderPage } from './render.ts';

/** Share of characters without meaning from which a text layer is unusable. */
const UNUSABLE_SHARE = 0.4;
/** Maximum characters of a line over a scan, such as that of a fax machine. */
const STAMP_CHARACTERS = 150;
/** Minimum share of the page that the picture of a scan covers. */
const SCAN_SHARE = 0.5;

/** The text of a page, and true if possible text on it was not extracted. */
export interface ReadPage {
  readonly piece: Piece;
  readonly isUnread: boolean;
}

/** @param at index of the page in its document, counted from 0 */
export async function readPage(
  page: PdfPage,
  at: number,
  languages: readonly string[],
): Promise<ReadPage> {
  const layer = readPageText(page);
  const isUsable = isUsableLayer(layer);
  if (!needsRecognition(page, layer, isUsable)) return asLayer(layer.text);
  const picture = renderPage(page);
  if (isBlank(picture)) return asLayer(layer.text);
  const recognised = (await sharedRecogniser(languages)).recognise(picture);
  const text = tidyLines(recognised.text);
  const isBetter = text !== '' && (!isUsable || text.length > layer.text.length);
  if (!isBetter && isUsable) return asLayer(layer.text);
  const notices = recognisedNotices(at, text, recognised.confidence);
  const values = layer.characters === 0 && layer.text !== '' ? `\n\n${layer.text}` : '';
  const whole = `${text || (layer.characters > 0 ? layer.text : '')}${values}`.trim();
  return { piece: { kind: 'page', label: null, text: whole, notices }, isUnread: whole === '' };
}

const asLayer = (text: string): ReadPage => ({
  piece: { kind: 'page', label: null, text },
  isUnread: false,
});

const isUsableLayer = ({ characters, unmapped }: PageText) =>
  characters > 0 && unmapped < characters * UNUSABLE_SHARE;

function needsRecognition(page: PdfPage, layer: PageText, isUsable: boolean): boolean {
  if (!isUsable) return layer.characters > 0 || isDrawn(page);
  return layer.characters < STAMP_CHARACTERS && pictureShare(page) > SCAN_SHARE;
}
