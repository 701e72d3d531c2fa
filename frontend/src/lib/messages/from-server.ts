/**
 * What the server says in English, in other languages: by stable codes where there are some, by
 * the shape of the text else. What is not known here is shown as it came.
 *
 * @module
 */
import { FAILURE_TEXTS } from '#contract/failure-texts.ts';
import type { ProblemCode } from '#contract/problem.ts';
import { filesGerman } from './count.ts';

/** Parts of a document, as the server counts them. */
const UNITS: Record<string, string> = {
  Page: 'Seite',
  Slide: 'Folie',
  Sheet: 'Tabelle',
  Chapter: 'Kapitel',
  Section: 'Abschnitt',
  Step: 'Schritt',
};

type Rule = readonly [pattern: RegExp, translate: (...found: string[]) => string];

const RULES_GERMAN: readonly Rule[] = [
  [/^(\w+) (\d+) of (\d+)$/, (unit = '', at, of) => `${UNITS[unit] ?? unit} ${at} von ${of}`],
  [/^Transcribed ([\d:]+) of ([\d:]+)$/, (at, of) => `${at} von ${of} transkribiert`],
  [/^(\d+) rows read$/, (rows) => `${rows} Zeilen gelesen`],
  [/^(\d+) % read$/, (percent) => `${percent} % gelesen`],
  [/^(\d+) of (\d+) files?$/, (done, all) => `${done} von ${filesGerman(Number(all))}`],
  [/^(\d+) cancelled$/, (count) => `${count} abgebrochen`],
  [/^(\d+) failed$/, (count) => `${count} fehlgeschlagen`],
  [/^First failed (.+)$/, (name) => `zuerst ${name}`],
  [/^Waiting to start$/, () => 'Wartet auf den Beginn'],
  [/^Waiting for its turn$/, () => 'Wartet, bis es an der Reihe ist'],
  [/^No worker is running$/, () => 'Es läuft kein Arbeitsprozess'],
  [/^The queue is paused$/, () => 'Die Warteschlange ist angehalten'],
  [/^Held until ([\d:]+) \(quiet hours\)$/, (clock) => `Zurückgehalten bis ${clock} (Ruhezeit)`],
  [/^Waiting for the file$/, () => 'Wartet auf die Datei'],
  [/^Its worker was lost; waiting to go on$/, () => 'Unterbrochen; geht gleich weiter'],
  ...Object.entries({
    'The worker has no space left on its disk': 'Der Platte des Servers fehlt Platz',
    'The worker may not use its storage': 'Der Server darf seinen Speicher nicht benutzen',
    'The worker has not enough memory or open files': 'Dem Server fehlt Arbeitsspeicher',
    'The storage of files is not reachable': 'Der Speicher der Dateien ist nicht erreichbar',
    'The database was not reachable': 'Die Datenbank war nicht erreichbar',
    'Another program is changing this file or its knowledge base':
      'Ein anderes Programm ändert gerade diese Datei oder ihre Wissensdatenbank',
  }).map(([english, german]): [RegExp, (seconds: string) => string] => [
    new RegExp(`^${english}; trying again in (\\d+) s$`),
    (seconds) => `${german}; nächster Versuch in ${seconds} s`,
  ]),
  [/^The same file is being read already.*$/, () => 'Dieselbe Datei wird bereits gelesen'],
  [/^Going on where it stopped$/, () => 'Geht weiter, wo es aufgehört hat'],
  [/^Already read before.*$/, () => 'Schon früher gelesen; der Text wurde übernommen'],
  [/^Gave way to (.+); goes on from$/, (other) => `Ließ ${other} den Vortritt; geht weiter bei`],
  [/^The analysis service is at work$/, () => 'Der Analysedienst arbeitet'],
  [/^Waiting to be sent$/, () => 'Wartet darauf, gesendet zu werden'],
  [
    /^The analysis service does not answer; trying again in (\d+) s$/,
    (seconds) => `Der Analysedienst antwortet nicht; nächster Versuch in ${seconds} s`,
  ],
  [
    /^The analysis service has too much to do; trying again in (\d+) s$/,
    (seconds) => `Der Analysedienst ist überlastet; nächster Versuch in ${seconds} s`,
  ],
  [
    /^The analysis service forgot this; submitting it again$/,
    () => 'Der Analysedienst hat den Auftrag vergessen; er wird noch einmal gesendet',
  ],
  [
    /^The transcription service is not reachable; trying again in (\d+) s$/,
    (seconds) => `Der Transkriptionsdienst ist nicht erreichbar; nächster Versuch in ${seconds} s`,
  ],
  [
    /^The transcription service has too much to do; trying again in (\d+) s$/,
    (seconds) => `Der Transkriptionsdienst ist überlastet; nächster Versuch in ${seconds} s`,
  ],
  [/^Starting$/, () => 'Beginnt'],
  [/^(.+) \((\d+) of (\d+)\)$/, (name, at, of) => `${name} (${at} von ${of})`],
  [/^Report$/, () => 'Bericht'],
  [/^Report on a file$/, () => 'Bericht über eine Datei'],
  [/^Looking at the files$/, () => 'Dateien werden angesehen'],
  [/^Counting words$/, () => 'Wörter werden gezählt'],
  [/^Writing the report$/, () => 'Bericht wird geschrieben'],
  [/^Reading the file$/, () => 'Datei wird gelesen'],
  [/^Comparing with the others$/, () => 'Wird mit den anderen verglichen'],
  [/^Writing$/, () => 'Wird geschrieben'],
  [/^Indexing$/, () => 'Wird durchsuchbar gemacht'],
  [/^Uploading$/, () => 'Wird hochgeladen'],
  [/^Paused$/, () => 'Angehalten'],
  [/^Cancelled$/, () => 'Abgebrochen'],
  [/^Completed$/, () => 'Abgeschlossen'],
  [/^Ready$/, () => 'Bereit'],
  [/^Nothing to process$/, () => 'Nichts zu verarbeiten'],
];

function byRule(rules: readonly Rule[], text: string): string {
  for (const [pattern, translate] of rules) {
    const found = pattern.exec(text);
    if (found) return translate(...found.slice(1));
  }
  return text;
}

/** `3 of 7 files; 2 cancelled; 1 failed: scan.pdf: its reason`, the reason in the server's words. */
const OUTCOME = /^(?:(.+); )?(\d+) failed: (.+?): .+$/;

/** Translates each part of `3 of 7 files · name: Page 1 of 2`; a file's name stays. */
function translateNews(rules: readonly Rule[], text: string): string {
  const [, before, count, name] = OUTCOME.exec(text) ?? [];
  if (name !== undefined) {
    // Why the first one failed is told of that file, by its code.
    const counts = [...before?.split('; ') ?? [], `${count} failed`];
    return [...counts.map((piece) => byRule(rules, piece)), byRule(rules, `First failed ${name}`)]
      .join('; ');
  }
  return text.split(' · ')
    .map((part) => part.split(': ').map((piece) => byRule(rules, piece)).join(': '))
    .join(' · ');
}

/** Codes of failed calls that a person can meet; `network` is that no answer came. */
type ShownProblem = ProblemCode | 'network';

const problemsEnglish: Partial<Record<ShownProblem, string>> = {
  network: 'The server cannot be reached. Check your connection and try again.',
  unauthenticated: 'You are not signed in. Sign in and try again.',
  forbidden: 'You are not allowed to see or change this.',
  not_found: 'This does not exist any more, or you may not see it.',
  session_not_found: 'There is no such session any more.',
  knowledge_not_found: 'There is no such knowledge base, or you may not see it.',
  file_not_found: 'There is no such file any more.',
  webhook_not_found: 'There is no such webhook any more.',
  delivery_not_found: 'There is no such delivery any more.',
  conflict: 'This does not go together with what is happening right now.',
  too_large: 'This is too large.',
  unsupported_media_type: 'Files of this kind cannot be read.',
  too_many_requests: 'Too many requests. Try again in a moment.',
  internal: 'Something went wrong on the server. Try again in a moment.',
  unavailable: 'The server is not available right now. Try again in a moment.',
  insufficient_storage:
    'The server cannot store more files. Ask its operator to make room, then try again.',
};

const problemsGerman: typeof problemsEnglish = {
  network:
    'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
  unauthenticated: 'Sie sind nicht angemeldet. Melden Sie sich an und versuchen Sie es erneut.',
  forbidden: 'Sie dürfen das nicht sehen oder ändern.',
  not_found: 'Das gibt es nicht mehr, oder Sie dürfen es nicht sehen.',
  session_not_found: 'Diesen Vorgang gibt es nicht mehr.',
  knowledge_not_found: 'Diese Wissensdatenbank gibt es nicht, oder Sie dürfen sie nicht sehen.',
  file_not_found: 'Diese Datei gibt es nicht mehr.',
  webhook_not_found: 'Diesen Webhook gibt es nicht mehr.',
  delivery_not_found: 'Diese Zustellung gibt es nicht mehr.',
  conflict: 'Das verträgt sich nicht mit dem, was gerade geschieht.',
  too_large: 'Das ist zu groß.',
  unsupported_media_type: 'Dateien dieser Art können nicht gelesen werden.',
  too_many_requests: 'Zu viele Anfragen. Versuchen Sie es gleich noch einmal.',
  internal: 'Auf dem Server ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal.',
  unavailable: 'Der Server ist gerade nicht verfügbar. Versuchen Sie es gleich noch einmal.',
  insufficient_storage: 'Der Server kann keine Dateien mehr speichern. Bitten Sie den Betreiber, ' +
    'Platz zu schaffen, und versuchen Sie es dann erneut.',
};

export const serverEnglish = {
  /** Whether what the server says in words can be shown as it is. */
  speaksServer: true,
  failures: FAILURE_TEXTS.en,
  problems: problemsEnglish,
  news: (text: string): string => text,
};

export const serverGerman: typeof serverEnglish = {
  speaksServer: false,
  failures: FAILURE_TEXTS.de,
  problems: problemsGerman,
  news: (text) => translateNews(RULES_GERMAN, text),
};
