/**
 * Values of form fields, placed at their fields, and remarks, placed behind the page.
 *
 * @module
 */
import type { PdfPage } from './document.ts';
import type { Frame, PageRuns, Run } from './runs.ts';

/** Numbers of FPDF_ANNOTATION_SUBTYPE. */
const LINK = 2;
const FREE_TEXT = 3;
/** Highlight, underline, squiggly line, strikeout. */
const MARKS: ReadonlySet<number> = new Set([9, 10, 11, 12]);
const POPUP = 16;
const WIDGET = 20;
/** Of FPDF_FORMFIELD_TYPE. */
const CHECK_BOX = 2;
const RADIO_BUTTON = 3;
const COMBO_BOX = 4;
const LIST_BOX = 5;
const TEXT_FIELD = 6;
/** Bits of an annotation's flags: hidden, not shown. */
const UNSEEN_FLAGS = 2 | 32;
const PASSWORD_FLAG = 1 << 13;
const MOST_ANNOTATIONS = 10_000;
/** Maximum font size of a value in points. */
const VALUE_SIZE = 12;

interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** Adds values to the runs of the page, and returns the remarks, one text each. */
export function readAnnotations(page: PdfPage, runs: PageRuns): string[] {
  const { document: { pdfium: { call } }, pointer } = page;
  const count = Math.min(MOST_ANNOTATIONS, call.FPDFPage_GetAnnotCount(pointer));
  const remarks: string[] = [];
  for (let at = 0; at < count; at++) {
    const annotation = call.FPDFPage_GetAnnot(pointer, at);
    if (!annotation) continue;
    try {
      if (call.FPDFAnnot_GetFlags(annotation) & UNSEEN_FLAGS) continue;
      const kind = call.FPDFAnnot_GetSubtype(annotation);
      if (kind === WIDGET) putValue(page, annotation, runs);
      else if (kind !== LINK && kind !== POPUP) {
        const remark = remarkOf(page, annotation, kind === FREE_TEXT);
        const repeats = MARKS.has(kind) && isOnPage(runs, stringOf(page, annotation, 'Contents'));
        if (remark && !repeats) remarks.push(remark);
      }
    } finally {
      call.FPDFPage_CloseAnnot(annotation);
    }
  }
  return remarks.length > 0 ? [remarks.join('\n')] : [];
}

/** True if the remark only repeats the marked words, as some programs store them. */
function isOnPage({ frames }: PageRuns, remark: string): boolean {
  const bare = (text: string) => text.replace(/\s+/g, '');
  return frames.some(({ runs }) =>
    bare(runs.map(({ text }) => text).join('')).includes(bare(remark))
  );
}

/** Text typed onto the page stays unchanged; a note begins with its author. */
function remarkOf(page: PdfPage, annotation: number, isTyped: boolean): string {
  const text = stringOf(page, annotation, 'Contents').replace(/\r\n?/g, '\n').trim();
  const author = isTyped ? '' : stringOf(page, annotation, 'T').trim();
  return text && author && !text.startsWith(`${author}:`) ? `${author}: ${text}` : text;
}

function stringOf({ document: { pdfium } }: PdfPage, annotation: number, key: string): string {
  return pdfium.withString(
    key,
    (name) =>
      pdfium.text((buffer, bytes) =>
        pdfium.call.FPDFAnnot_GetStringValue(annotation, name, buffer, bytes)
      ),
  );
}

function putValue(page: PdfPage, annotation: number, runs: PageRuns): void {
  const { document: { pdfium: { call }, form } } = page;
  if (!form) return;
  const type = call.FPDFAnnot_GetFormFieldType(form, annotation);
  const rectangle = rectangleOf(page, annotation);
  if (type === CHECK_BOX || type === RADIO_BUTTON) {
    putMark(rectangle, call.FPDFAnnot_IsChecked(form, annotation) !== 0, runs);
    return;
  }
  const value = valueOf(page, annotation, type).replace(/\r\n?/g, '\n').trim();
  if (value) addRun(runs, rectangle, value);
}

function valueOf(page: PdfPage, annotation: number, type: number): string {
  const { document: { pdfium, form } } = page;
  const { call } = pdfium;
  if (type === COMBO_BOX || type === LIST_BOX) {
    const chosen = chosenOptions(page, annotation);
    if (chosen) return chosen;
  } else if (type !== TEXT_FIELD) return '';
  const isSecret = (call.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD_FLAG) !== 0;
  if (type === TEXT_FIELD && isSecret) return '';
  return pdfium.text((buffer, bytes) =>
    call.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, bytes)
  );
}

/** Labels of the selected options, as displayed. */
function chosenOptions({ document: { pdfium, form } }: PdfPage, annotation: number): string {
  const { call } = pdfium;
  const count = call.FPDFAnnot_GetOptionCount(form, annotation);
  const labels: string[] = [];
  for (let at = 0; at < count; at++) {
    if (!call.FPDFAnnot_IsOptionSelected(form, annotation, at)) continue;
    labels.push(
      pdfium.text((buffer, bytes) =>
        call.FPDFAnnot_GetOptionLabel(form, annotation, at, buffer, bytes)
      ),
    );
  }
  return labels.join(', ');
}

function rectangleOf({ document: { pdfium } }: PdfPage, annotation: number): Rectangle {
  pdfium.call.FPDFAnnot_GetRect(annotation, pdfium.scratch);
  const [left, top, right, bottom] = pdfium.scratchFloats();
  return {
    left: Math.min(left, right),
    right: Math.max(left, right),
    bottom: Math.min(top, bottom),
    top: Math.max(top, bottom),
  };
}

/** Writes the state in place of the box: `[x]` before its label, `checked` behind it. */
function putMark(rectangle: Rectangle, isChecked: boolean, runs: PageRuns): void {
  const label = neighbour(runs, rectangle, (run, box) => run.right <= box.left + 2);
  const follows = neighbour(runs, rectangle, (run, box) => run.left >= box.right - 2);
  const isBefore = follows !== null &&
    (label === null || follows.left - rectangle.right < rectangle.left - label.right);
  if (isBefore || label === null) addRun(runs, rectangle, isChecked ? '[x]' : '[ ]');
  else {
    if (!label.text.endsWith(':')) label.text += ':';
    addRun(runs, rectangle, isChecked ? 'checked' : 'not checked');
  }
}

function neighbour(
  { frames }: PageRuns,
  box: Rectangle,
  isBeside: (run: Run, box: Rectangle) => boolean,
): Run | null {
  const distance = (run: Run) =>
    Math.min(Math.abs(run.left - box.right), Math.abs(box.left - run.right));
  return (frames.find(({ angle }) => angle === 0)?.runs ?? [])
    .filter((run) => isOnLine(run, box) && isBeside(run, box))
    .reduce<Run | null>((best, run) => !best || distance(run) < distance(best) ? run : best, null);
}

const isOnLine = ({ baseline, size }: Run, { bottom, top }: Rectangle) =>
  baseline > bottom - size * 0.4 && baseline < top;

/** Adds a run on the baseline of the text beside the field. */
function addRun(runs: PageRuns, rectangle: Rectangle, text: string): void {
  const { left, right, bottom, top } = rectangle;
  const frame = uprightFrame(runs);
  const size = Math.min(VALUE_SIZE, Math.max(1, (top - bottom) * 0.7));
  const beside = frame.runs.filter((run) => isOnLine(run, rectangle))
    .toSorted((a, b) => b.baseline - a.baseline)[0];
  const middle = (top + bottom) / 2 - size * 0.35;
  frame.runs.push({
    text,
    left,
    right: Math.min(right, left + text.length * size * 0.5),
    baseline: beside?.baseline ?? (text.includes('\n') ? top - size : middle),
    size: beside?.size ?? size,
    order: Number.MAX_SAFE_INTEGER,
    spaced: null,
    glyphs: null,
    guessed: false,
  });
  frame.characters += text.length;
}

function uprightFrame({ frames }: PageRuns): Frame {
  const upright = frames.find(({ angle }) => angle === 0);
  if (upright) return upright;
  const made: Frame = { angle: 0, runs: [], characters: 0 };
  frames.push(made);
  return made;
}
