/**
 * Texts of notices, in German.
 *
 * @module
 */
import { formatClock } from '../../clock.ts';
import { listed, type NoticeTexts, pageRanges } from '../notices.ts';

export const noticesGerman: NoticeTexts = {
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
