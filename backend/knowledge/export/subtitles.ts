/**
 * Export of a transcript as subtitles: WebVTT (W3C) and SubRip.
 *
 * @module
 */
import { type Cue, cuesOf } from './cues.ts';
import type { ExportFormat } from './export-format.ts';

/** https://www.w3.org/TR/webvtt1/#file-structure: blocks end with a blank line. */
export const webVtt: ExportFormat = {
  mediaType: 'text/vtt; charset=utf-8',
  writer: () => ({
    open: () => 'WEBVTT\n\n',
    part: (part) => cuesOf(part).map(vttCue).join(''),
    close: () => '',
  }),
};

function vttCue({ start, end, lines }: Cue): string {
  const text = lines.map(escapeCueText).join('\n');
  return `${timestamp(start, '.')} --> ${timestamp(end, '.')}\n${text}\n\n`;
}

/** The text of a cue must not contain `-->` or the characters that begin tags. */
const escapeCueText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Numbered from 1, with a decimal comma and CRLF, as the oldest players require. */
export const subRip: ExportFormat = {
  mediaType: 'application/x-subrip; charset=utf-8',
  writer() {
    let number = 0;
    return {
      open: () => '',
      part: (part) => cuesOf(part).map((cue) => srtCue(cue, ++number)).join(''),
      close: () => '',
    };
  },
};

/** SubRip has no escapes: an arrow in the text would be parsed as a line of times. */
function srtCue({ start, end, lines }: Cue, number: number): string {
  const text = lines.map((line) => line.replaceAll('-->', '->'));
  const times = `${timestamp(start, ',')} --> ${timestamp(end, ',')}`;
  return [number, times, ...text, '', ''].join('\r\n');
}

/** `01:02:03.456`; hours have two digits or more. */
function timestamp(ms: number, point: '.' | ','): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two(ms / 60_000 % 60)}:${two(ms / 1000 % 60)}${point}${rest}`;
}
