/**
 * Export as JSON: the metadata of a file, and its parts with their positions or times.
 *
 * @module
 */
import type { ExportFormat } from './export-format.ts';

export const json: ExportFormat = {
  mediaType: 'application/json',
  writer({ id, name, kind, duration, complete }) {
    const head = JSON.stringify({ id, name, kind, duration, complete });
    let separator = '\n';
    return {
      open: () => `${head.slice(0, -1)},"parts":[`,
      part(part) {
        const before = separator;
        separator = ',\n';
        return before + JSON.stringify(part);
      },
      close: () => '\n]}\n',
    };
  },
};
