/**
 * `check`: reports inconsistencies, and repairs them with `--repair`.
 *
 * @module
 */
import { plural } from '#contract/messages/numbers.ts';
import { type Arguments, type Command, EXIT, type Report } from './command.ts';
import { CHECKS } from './checks/all.ts';
import type { Finding } from './checks/finding.ts';
import { layTable } from './layout.ts';
import type { Place } from './place.ts';

export const check: Command = {
  name: 'check',
  about: 'Look for what does not fit together: rows, bytes, jobs, texts',
  options: { repair: { type: 'boolean', about: 'Put right what was found (asks for --yes)' } },
  asks: ({ values }) =>
    values.repair
      ? 'This changes rows and sets bytes aside; look at the findings without --repair first'
      : null,
  run: look,
};

interface Found extends Finding {
  readonly kind: string;
  /** Description of the repair; null if there was none. */
  readonly repaired: string | null;
}

async function look(place: Place, { values }: Arguments): Promise<Report> {
  const found: Found[] = [];
  for (const { kind, find, repair } of CHECKS) {
    for (const finding of await find(place)) {
      const repaired = values.repair ? await repair(place, finding.id) : null;
      found.push({ kind, ...finding, repaired });
    }
  }
  const left = found.filter((one) => one.repaired === null).length;
  return {
    data: { findings: found, left },
    text: found.length === 0 ? 'Everything fits together' : layFindings(found, left),
    exitCode: left > 0 ? EXIT.inconsistent : EXIT.done,
  };
}

function layFindings(found: readonly Found[], left: number): string {
  const rows = found.map((one) => [one.kind, one.id, one.detail, one.repaired]);
  const names = ['WHAT', 'OF', 'DETAIL', ...(left < found.length ? ['REPAIRED'] : [])];
  const summary = left === 0
    ? `${plural(found.length, 'finding')}, all repaired`
    : `${plural(found.length, 'finding')}; \`check --repair --yes\` puts them right`;
  return `${layTable(names, rows)}\n\n${summary}`;
}
