/**
 * Notices on files that were not read in full or not reliably.
 *
 * @module
 */
import { NOTICE_TEXTS, type NoticeTexts, pageRanges } from '#contract/notices.ts';
import { formatClock } from '#contract/clock.ts';

export const noticesEnglish = {
  of: NOTICE_TEXTS,
  files: (count: number) => `${count} with notices`,
  title: 'Read with notices',
  more: (count: number) => count === 1 ? '1 more notice' : `${count} more notices`,
};

const listed = (names: readonly string[], count: number) =>
  names.length === 0 ? '' : `: ${names.join(', ')}${count > names.length ? ', …' : ''}`;

const german: NoticeTexts = {
  pages_without_text: ({ count, pages }) =>
    `Auf ${count === 1 ? '1 Seite' : `${count} Seiten`} wurde kein Text gefunden (${
      pageRanges(pages, count)
    })`,
  pages_uncertain: ({ count, pages, confidence }) =>
    `Der Text ${count === 1 ? 'von 1 Seite' : `von ${count} Seiten`} wurde unsicher erkannt ` +
    `(${pageRanges(pages, count)}; Sicherheit bis hinab zu ${Math.round(confidence)} %)`,
  characters_undecodable: ({ count }) =>
    count === 1
      ? '1 Zeichen war nicht lesbar und erscheint als „\uFFFD“'
      : `${count} Zeichen waren nicht lesbar und erscheinen als „\uFFFD“`,
  characters_doubtful: ({ count }) =>
    count === 1
      ? '1 Zeichen sieht falsch dekodiert aus'
      : `${count} Zeichen sehen falsch dekodiert aus`,
  cells_without_value: ({ count }) =>
    `${count === 1 ? '1 Formel hat' : `${count} Formeln haben`} keinen gespeicherten Wert: ` +
    'Öffnen und speichern Sie die Datei in ihrem Programm und laden Sie sie erneut hoch',
  cells_cut: ({ count }) =>
    count === 1 ? '1 Zelle wurde gekürzt' : `${count} Zellen wurden gekürzt`,
  parts_missing: ({ count, names }) =>
    `${count === 1 ? '1 Teil der Datei war' : `${count} Teile der Datei waren`} nicht lesbar${
      listed(names, count)
    }`,
  attachments_left_out: ({ count, names }) =>
    `${count === 1 ? '1 Anhang wurde' : `${count} Anhänge wurden`} nicht gelesen${
      listed(names, count)
    }`,
  recording_shorter: ({ expected_seconds, seconds }) =>
    `Die Aufnahme endet nach ${formatClock(seconds)}; laut Datei dauert sie ${
      formatClock(expected_seconds)
    }`,
  recording_longer: ({ expected_seconds, seconds }) =>
    `Die Aufnahme geht bis ${formatClock(seconds)}; laut Datei dauert sie ${
      formatClock(expected_seconds)
    }`,
  words_repeated: ({ count }) =>
    `Das Transkript wiederholt sich an ${count === 1 ? '1 Stelle' : `${count} Stellen`}: ` +
    'Hören Sie dort noch einmal hinein',
  language_uncertain: ({ language }) =>
    `Vielleicht ist das nicht die Sprache, in der gelesen wurde (${language}): Wählen Sie die ` +
    'Sprache der Datei und verarbeiten Sie sie noch einmal',
};

export const noticesGerman: typeof noticesEnglish = {
  of: german,
  files: (count) => `${count} mit Hinweisen`,
  title: 'Mit Hinweisen gelesen',
  more: (count) => count === 1 ? '1 weiterer Hinweis' : `${count} weitere Hinweise`,
};
