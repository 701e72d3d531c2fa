/**
 * Export as plain text: exactly the app's `content`, or on request with page marks or times.
 *
 * @module
 */
import { formatClock } from '#contract/clock.ts';
import { separatorOf } from '#contract/joined-text.ts';
import type { ExportFormat } from './export-format.ts';
import { partName } from './marks.ts';

export const plainText: ExportFormat = {
  mediaType: 'text/plain; charset=utf-8',
  writer({ kind, marks }) {
    const separator = kind === 'transcript' ? '\n' : '\n\n';
    let first = true;
    return {
      open: () => '',
      part(part) {
        if (!marks) return separatorOf(part) + part.text;
        const before = first ? '' : separator;
        first = false;
        if (kind === 'transcript') return `${before}[${formatClock(part.start ?? 0)}] ${part.text}`;
        return `${before}--- ${partName(part)} ---\n\n${part.text}`;
      },
      close: () => marks && !first ? '\n' : '',
    };
  },
};
