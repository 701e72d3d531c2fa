/**
 * Export as Markdown (CommonMark, with GitHub's tables). The text is data: nothing in it becomes a
 * heading, a link or HTML.
 *
 * @module
 */
import { formatClock } from '#contract/clock.ts';
import { type Cell, isHeader, tableRows } from '#contract/tables.ts';
import type { ExportFormat } from './export-format.ts';
import { partName } from './marks.ts';

export const markdown: ExportFormat = {
  mediaType: 'text/markdown; charset=utf-8',
  writer: ({ name, kind, table }) => ({
    open: () => `# ${escapeLine(name)}\n`,
    part(part) {
      if (kind === 'transcript') {
        return `\n**${formatClock(part.start ?? 0)}** ${escapeMarkdown(part.text)}\n`;
      }
      const text = table ? toTable(part.text) : escapeMarkdown(part.text);
      return `\n## ${escapeLine(partName(part))}\n\n${text}\n`;
    },
    close: () => '',
  }),
};

/** Escapes a text so that it renders unchanged, with its line breaks. */
export function escapeMarkdown(text: string): string {
  return text.trim().split('\n').map((line) => {
    const plain = escapeInline(line.trim());
    return plain.replace(/^([#+=>~-])/, '\\$1').replace(/^(\d{1,9})([.)])/, '$1\\$2');
  }).join('\n');
}

const escapeInline = (text: string) => text.replace(/[\\`*_[\]<>&|~]/g, '\\$&');
const escapeLine = (text: string) => escapeInline(text.replace(/\s+/g, ' ').trim());

function toTable(text: string): string {
  const rows = tableRows(text);
  const width = Math.max(...rows.map((row) => row.length));
  const [first = []] = rows;
  const [head, body] = isHeader(first) ? [first, rows.slice(1)] : [[], rows];
  return [
    rowLine(head, width),
    `|${' --- |'.repeat(width)}`,
    ...body.map((row) => rowLine(row, width)),
  ].join('\n');
}

function rowLine(row: readonly Cell[], width: number): string {
  const cells = Array.from({ length: width }, (_, at) => escapeLine(row[at]?.text ?? ''));
  return `| ${cells.join(' | ')} |`;
}
