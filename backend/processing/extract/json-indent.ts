/**
 * Indents JSON as text: `JSON.stringify` would round long numbers, drop the zeros of prices and all
 * but the last of members with the same name.
 *
 * @module
 */

/** Indentation grows with every level; deeper text is mostly spaces. */
const MAX_DEPTH = 500;

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** @param json valid JSON. Throws `RangeError` if it is nested too deeply. */
export function indentJson(json: string): string {
  const out: string[] = [];
  let depth = 0;
  let before = '';
  for (const [token] of json.matchAll(TOKEN)) {
    const closes = token === '}' || token === ']';
    const opened = before === '{' || before === '[';
    if (closes) depth--;
    if (closes ? !opened : opened || before === ',') out.push('\n', '  '.repeat(depth));
    out.push(token === ':' ? ': ' : token.startsWith('"') ? readable(token) : token);
    if (token === '{' || token === '[') depth++;
    if (depth > MAX_DEPTH) throw new RangeError('JSON is nested too deeply to be indented');
    before = token;
  }
  return out.join('');
}

/** Replaces escapes by their letters, except for mandatory escapes. */
function readable(string: string): string {
  return string.includes('\\') ? JSON.stringify(JSON.parse(string)) : string;
}
