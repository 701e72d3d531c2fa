/**
 * Letters of languages beyond ASCII, most frequent first, and the encodings that their texts are in:
 * the knowledge behind {@link "./guess.ts"}. Letters are lower case where the script has cases.
 *
 * @module
 */

export interface Language {
  readonly letters: string;
  /** True if letters of ASCII are of the same script. */
  readonly latin: boolean;
}

const latin = (letters: string): Language => ({ letters, latin: true });
const other = (letters: string): Language => ({ letters, latin: false });

export const LANGUAGES = {
  german: latin('üäößé'),
  french: latin('éàèêçôûîùâïœëæÿü'),
  spanish: latin('óíáéñúü'),
  catalan: latin('àéóèíòúçïü·'),
  portuguese: latin('ãçáéóíêõâúôàü'),
  italian: latin('èàòùìéóîç'),
  dutch: latin('ëéïóèüöáê'),
  nordic: latin('åäöøæéüáà'),
  icelandic: latin('íðáæóöþéúý'),
  polish: latin('łóążęśćźń'),
  czech: latin('íáěéřšýčžůúťďňóö'),
  slovak: latin('áíéčžýšúľťôňďóäĺŕ'),
  hungarian: latin('áéöőóüíúű'),
  southSlavic: latin('čšžćđäöüé'),
  romanian: latin('ăîâșțşţéá'),
  lithuanian: latin('ėšųįąžūęčõ'),
  latvian: latin('āīēšūļžņģķčĒō'),
  estonian: latin('äõüöšžé'),
  turkish: latin('ıüşçğöİâîû'),
  vietnamese: latin('đ\u0301\u0300\u0309\u0303\u0323ươôêâăàáảãạóòếềộớợứừấầậéèíìúùýạọ'),
  russian: other('оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё'),
  ukrainian: other('оанитівеврслкдмупязьбгйчхцїжшюєщфґ'),
  bulgarian: other('аиоентсрвлкдпмузъгяжбчщцйшхюфь'),
  serbian: other('аоиенрјстувдклпмзбгшчцжћхњљђџф'),
  macedonian: other('аоиетнрвсдклмпујзбгшцчжќхњљѓфѕџ'),
  belarusian: other('анірыеяісоклтдвўмьупзбгчцшйжюэхфё'),
  greek: other('αοιετσνηυρπκλμςόάίγθδχήέωώβύφξζψϊϋΐΰ'),
  hebrew: other('יוהלאמתרבשנםחקדפעטכגןסצזךץףְִַָּ'),
  arabic: other('اليمنرتوبةدعفسهقكحجأشصىخزإطضذثغظئءآؤًّ'),
  persian: other('ايیرندتمهوسبشکكگزلپقخفچعجحصغطضژآظثذءئ'),
  thai: other('านรอกเงมยลวดทสต่ัี้ปบคะหแจใพิขชไโืผถูุศซณธำฟภญ็ษ์ๆฯ'),
} as const satisfies Record<string, Language>;

export type LanguageName = keyof typeof LANGUAGES;

const WESTERN: readonly LanguageName[] = [
  ...['german', 'french', 'spanish', 'catalan', 'portuguese', 'italian'] as const,
  ...['dutch', 'nordic', 'icelandic'] as const,
];
const CENTRAL: readonly LanguageName[] = [
  ...['polish', 'czech', 'slovak', 'hungarian', 'southSlavic', 'romanian', 'german'] as const,
];
const BALTIC: readonly LanguageName[] = ['lithuanian', 'latvian', 'estonian'];
export const CYRILLIC: readonly LanguageName[] = [
  ...['russian', 'ukrainian', 'bulgarian', 'serbian', 'macedonian', 'belarusian'] as const,
];

export interface Candidate {
  readonly encoding: string;
  readonly languages: readonly LanguageName[];
  /** Bits: how much rarer files in this encoding are. */
  readonly prior: number;
}

const one = (prior: number, languages: readonly LanguageName[], ...encodings: string[]) =>
  encodings.map((encoding): Candidate => ({ encoding, languages, prior }));

/** Encodings with one byte a character. Rare before frequent costs bits; ties go to the first. */
export const SINGLE_BYTE: readonly Candidate[] = [
  ...one(0, WESTERN, 'windows-1252'),
  ...one(4, WESTERN, 'iso-8859-15', 'cp850'),
  ...one(5, WESTERN, 'macintosh', 'cp437'),
  ...one(2, CENTRAL, 'windows-1250'),
  ...one(3, CENTRAL, 'iso-8859-2'),
  ...one(5, CENTRAL, 'cp852'),
  ...one(7, CENTRAL, 'maccenteuro'),
  ...one(1, CYRILLIC, 'windows-1251'),
  ...one(2, ['russian', 'bulgarian'], 'koi8-r'),
  ...one(3, ['ukrainian', 'belarusian'], 'koi8-u'),
  ...one(3, CYRILLIC, 'ibm866', 'iso-8859-5'),
  ...one(5, CYRILLIC, 'x-mac-cyrillic', 'cp855'),
  ...one(2, ['greek'], 'windows-1253', 'iso-8859-7'),
  ...one(4, ['greek'], 'cp737'),
  ...one(2, ['turkish'], 'windows-1254'),
  ...one(4, ['turkish'], 'cp857'),
  ...one(2, BALTIC, 'windows-1257'),
  ...one(4, BALTIC, 'cp775'),
  ...one(2, ['hebrew'], 'windows-1255'),
  ...one(4, ['hebrew'], 'cp862'),
  ...one(2, ['arabic', 'persian'], 'windows-1256'),
  ...one(4, ['arabic'], 'iso-8859-6'),
  ...one(2, ['thai'], 'windows-874'),
  ...one(4, ['vietnamese'], 'windows-1258'),
];
