/**
 * Texts about the language of recordings.
 *
 * @module
 */
export const languageEnglish = {
  label: 'Language of recordings',
  detected: 'Found out for each recording',
  hint: 'Holds for recordings from now on.',
  impossible: (name: string) =>
    `Recordings in this language (${name}) cannot be transcribed here. Choose another one, or ask the ` +
    'operator to set up a transcription service.',
};

export type LanguageMessages = typeof languageEnglish;

export const languageGerman: LanguageMessages = {
  label: 'Sprache der Aufnahmen',
  detected: 'Wird für jede Aufnahme erkannt',
  hint: 'Gilt für Aufnahmen von jetzt an.',
  impossible: (name) =>
    `Aufnahmen in dieser Sprache (${name}) können hier nicht transkribiert werden. Wählen Sie eine ` +
    'andere, oder bitten Sie den Betreiber, einen Transkriptionsdienst einzurichten.',
};
