/**
 * Small readers of subtitles, written after the formats' descriptions and not after our writers.
 *
 * @module
 */

export interface ReadCue {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function ms(match: RegExpExecArray, at: number): number {
  const [hours = 0, minutes = 0, seconds = 0, rest = 0] = match.slice(at, at + 4).map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest;
}

/** W3C WebVTT 1, section 4.1, as far as cues without settings and identifiers go. */
export function readVtt(file: string): ReadCue[] {
  const [head, ...blocks] = file.split(/\n\n+/);
  if (!/^WEBVTT([ \t][^\n]*)?$/.test(head ?? '')) throw new Error(`Not WebVTT: ${head}`);
  if (/[\r\0]/.test(file)) throw new Error('A character that is replaced when it is read');
  return blocks.filter((block) => block !== '').map((block) => {
    const [times = '', ...payload] = block.split('\n');
    const time = String.raw`(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})`;
    const match = new RegExp(`^${time} --> ${time}$`).exec(times);
    if (!match || payload.length === 0) throw new Error(`Not a cue: ${block}`);
    const text = payload.join('\n');
    if (/-->|[<>]|&(?!(amp|lt|gt);)/.test(text)) throw new Error(`Not the text of a cue: ${text}`);
    const plain = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    return { start: ms(match, 1), end: ms(match, 5), text: plain };
  });
}

/** Blocks of number, times and text, each line ended by CRLF and each block by an empty line. */
export function readSrt(file: string): ReadCue[] {
  if (file === '') return [];
  if (!file.endsWith('\r\n\r\n') || /[^\r]\n|\r[^\n]/.test(file)) throw new Error('Not CRLF');
  return file.slice(0, -4).split('\r\n\r\n').map((block, at) => {
    const [number, times = '', ...payload] = block.split('\r\n');
    const time = String.raw`(\d{2,}):([0-5]\d):([0-5]\d),(\d{3})`;
    const match = new RegExp(`^${time} --> ${time}$`).exec(times);
    if (number !== `${at + 1}` || !match || payload.length === 0) throw new Error(block);
    if (payload.some((line) => line.includes('-->'))) throw new Error(`An arrow in: ${block}`);
    return { start: ms(match, 1), end: ms(match, 5), text: payload.join('\n') };
  });
}
