/**
 * Subtitles (SubRip, WebVTT, SubStation Alpha): the spoken text, a line a cue, behind its time.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { htmlToText } from './html.ts';
import { cutSections } from './sections.ts';
import { decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const WHAT = 'subtitles';
const MAX_BYTES = 64 * 1024 * 1024;
const SUBRIP = 'application/x-subrip';
export const WEBVTT = 'text/vtt';
const SUBSTATION = 'text/x-ssa';

const TIME = /(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})/;
const CUE = new RegExp(`^\\s*${TIME.source}\\s*-->\\s*${TIME.source}`);
const DIALOGUE = /^Dialogue:\s*(.*)$/;

export const subtitleProcessor: Processor = {
  id: 'subtitles',
  version: 1,
  step: 'extract',
  mediaTypes: [SUBRIP, WEBVTT, SUBSTATION],
  async *process({ path, mediaType, checkpoint }, signal) {
    signal.throwIfAborted();
    const source = decodeText(await readWhole(path, WHAT, MAX_BYTES));
    const text = mediaType === SUBSTATION ? substation(source) : cues(source);
    yield* walk(sectionUnits(cutSections(text), () => emptyText(WHAT)), checkpoint, signal);
  },
};

/** The media type of subtitles, or null for other text. */
export function subtitleType(head: string): string | null {
  const start = head.trimStart();
  if (/^WEBVTT(\s|$)/.test(start)) return WEBVTT;
  if (/^\[Script Info\]/i.test(start)) return SUBSTATION;
  const [first = '', second = ''] = start.split('\n', 2);
  return CUE.test(second) && /^\d+\s*$/.test(first) || CUE.test(first) ? SUBRIP : null;
}

/** Cues of SubRip and WebVTT: a line of times, then text up to a blank line. */
function cues(source: string): string {
  const out: string[] = [];
  let time: string | null = null;
  let text: string[] = [];
  const end = () => {
    const words = plain(text.join('\n'));
    if (time !== null && words) out.push(`[${time}] ${words}`);
    [time, text] = [null, []];
  };
  for (const line of source.split('\n')) {
    const cue = CUE.exec(line);
    if (cue) {
      // The number or name of a cue may follow text without a blank line between.
      if (time !== null && /^\d+\s*$/.test(text.at(-1) ?? '')) text.pop();
      end();
      time = clock(cue);
    } else if (!line.trim()) end();
    else if (time !== null) text.push(line);
  }
  end();
  return out.join('\n');
}

/** Lines `Dialogue: layer,start,end,style,name,…,text`; a line `Format:` names their fields. */
function substation(source: string): string {
  let fields = ['layer', 'start', 'end', 'style', 'name', 'l', 'r', 'v', 'effect', 'text'];
  let isEvents = false;
  const out: { time: string; line: string }[] = [];
  for (const line of source.split('\n')) {
    if (/^\[/.test(line)) isEvents = /^\[Events\]/i.test(line);
    const format = /^Format:\s*(.*)$/i.exec(line)?.[1];
    if (isEvents && format) fields = format.toLowerCase().split(/\s*,\s*/);
    const dialogue = DIALOGUE.exec(line)?.[1];
    if (!dialogue) continue;
    const values = dialogue.split(',');
    const time = TIME.exec(values[fields.indexOf('start')] ?? '');
    const speaker = values[fields.indexOf('name')]?.trim();
    const spoken = values.slice(fields.indexOf('text')).join(',');
    const words = plain(spoken.replace(/\{[^}]*\}/g, '').replace(/\\[Nnh]/g, ' '));
    if (!words || !time) continue;
    out.push({ time: clock(time), line: speaker ? `${speaker}: ${words}` : words });
  }
  return out.map(({ time, line }) => `[${time}] ${line}`).join('\n');
}

function clock([, hours = '0', minutes, seconds]: RegExpExecArray): string {
  return `${hours.padStart(2, '0')}:${minutes!.padStart(2, '0')}:${seconds}`;
}

/** Removes tags and entities. The speaker of a WebVTT voice tag precedes the spoken text. */
function plain(text: string): string {
  const voiced = text.replace(/<v(?:\.[^\s>]*)?\s+([^>]+)>/g, '$1: ').replace(/<\d[\d:.]*>/g, '');
  if (!/[<&]/.test(voiced)) return voiced.replace(/\s+/g, ' ').trim();
  return htmlToText(voiced).text.replace(/\s+/g, ' ').trim();
}
