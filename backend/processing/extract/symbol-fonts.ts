/**
 * Characters of symbol fonts as Unicode. Documents store them as bytes of the font, often shifted
 * to U+F000–U+F0FF: without its font `F06D` is a private character, in Symbol it is a Greek letter.
 *
 * @module
 */

/** Replacement for a character of a symbol font that is in no table. */
const UNKNOWN = '\uFFFD';

/** From 0x20 on, in Adobe's encoding of the font; a space for a missing one. */
const SYMBOL_LOW =
  ' !∀#∃%&∍()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\u203eαβχδεφγηιϕ' +
  'κλμνοπθρστυϖωξψζ{|}∼';
/** From 0xA0 on. */
const SYMBOL_HIGH =
  '€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪' +
  ' 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭';

/** Arrows and boxes in the usual form of texts, whatever their weight in the font. */
const WINGDINGS_LOW =
  ' ✏✂✁👓🔔📖🕯☎✆✉📩📪📫📬📭📁📂📄📃📑🗄⌛⌨🖱🖲💻🖴💾🖬✇✍🖎✌👌👍👎☜☞☝☟✋☺😐☹💣☠🏳🏱✈☼💧❄🕆✞🕈✠✡☪☯ॐ☸' +
  '♈♉♊♋♌♍♎♏♐♑♒♓🙰&●❍■□❐❑❒⬧⧫◆❖⬥☒⮹⌘🏵🏶❝❞';
const WINGDINGS_HIGH =
  '⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿🙢🙠🙡🙣🙞🙜🙝🙟·•▪○⭘◉◉◎◎▪☐🟂✦★✶✴✹✵⯐⌖⟡⌑⯑✪✰🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛' +
  '⮰⮱⮲⮳⮴⮵⮶⮷🙪🙫🙕🙔🙗🙖🙐🙑🙒🙓⌫⌦⮘➢⮙⮛←➲↑↓←→↑↓↖↗↙↘←→↑↓↖↗↙↘⇦⇨⇧⇩⬄⇳⬁⬀⬃⬂▭▫✗✓☒☑⊞';

type Table = ReadonlyMap<number, string>;

function table(...runs: readonly (readonly [first: number, characters: string])[]): Table {
  const pairs = runs.flatMap(([first, characters]) =>
    [...characters].map((character, at) => [first + at, character] as const)
  );
  return new Map(pairs.filter(([code, character]) => code === 0x20 || character !== ' '));
}

const TABLES: Readonly<Record<string, Table>> = {
  symbol: table([0x20, SYMBOL_LOW], [0xa0, SYMBOL_HIGH]),
  wingdings: table([0x20, WINGDINGS_LOW], [0x80, WINGDINGS_HIGH]),
  // Those of their characters that forms and lists use.
  'wingdings 2': table([0x20, ' '], [0x4f, '✗✓☒☑☒☒☒'], [0x6a, '⓪①②③④⑤⑥⑦⑧⑨⑩'], [0x97, '●'], [
    0xa2,
    '■☐',
  ]),
  'wingdings 3': table([0x20, ' '], [0x66, '←→↑↓↖↗↙↘'], [0x70, '▲▼△▽◀▶◁▷']),
  webdings: table([0x20, ' '], [0x33, '◀▶▲▼'], [0x61, '✓'], [0x63, '☐'], [0x67, '■'], [0x72, '✗']),
};

const nameOf = (font: string) => font.trim().toLowerCase();

export function isSymbolFont(font: string): boolean {
  return nameOf(font) in TABLES;
}

/** A character by its code in a font; that of Unicode for an ordinary font. */
export function symbol(code: number, font: string): string {
  const own = TABLES[nameOf(font)];
  if (own) return own.get(code & 0xff) ?? UNKNOWN;
  const isPrivate = code >= 0xe000 && code <= 0xf8ff;
  const isCharacter = code >= 0x20 && code <= 0x10ffff && (code & 0xf800) !== 0xd800;
  return isCharacter && !isPrivate ? String.fromCodePoint(code) : UNKNOWN;
}

/** Text that is shown in `font`. Characters that a symbol font does not replace stay as they are. */
export function shownIn(font: string, text: string): string {
  if (!isSymbolFont(font)) return text;
  return text.replace(
    /[\x20-\xff\uf020-\uf0ff]/g,
    (character) => TABLES[nameOf(font)]!.get(character.charCodeAt(0) & 0xff) ?? character,
  );
}
